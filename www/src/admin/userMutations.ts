import { useMutation, useQueryClient } from "@tanstack/react-query";
import { createUser, deleteUser, type User, type UserChange, updateUser } from "../api/admin";
import { notifyDone, notifyFailed } from "../notify/notices";

function useRefreshUsers(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ["users"] });
}

/** Creates a user; what is wrong is for the dialog to show. */
export function useCreateUser() {
  const refresh = useRefreshUsers();
  return useMutation({
    mutationFn: createUser,
    onSuccess: (user) => {
      notifyDone(`“${user.name}” was created.`);
      return refresh();
    },
  });
}

interface Change {
  readonly user: User;
  readonly change: UserChange;
}

/** Changes a user; a refusal says why. */
export function useChangeUser() {
  const refresh = useRefreshUsers();
  return useMutation({
    mutationFn: ({ user, change }: Change) => updateUser(user.user_id, change),
    onSuccess: (user) => {
      notifyDone(`“${user.name}” was changed.`);
      return refresh();
    },
    onError: (error, { user }) => notifyFailed(`“${user.name}” was not changed.`, error),
  });
}

/** Deletes a user; a refusal says why. */
export function useRemoveUser() {
  const refresh = useRefreshUsers();
  return useMutation({
    mutationFn: (user: User) => deleteUser(user.user_id),
    onSuccess: (_, user) => {
      notifyDone(`“${user.name}” was deleted.`);
      return refresh();
    },
    onError: (error, user) => notifyFailed(`“${user.name}” was not deleted.`, error),
  });
}
