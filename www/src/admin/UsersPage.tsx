import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconDots, IconPlus, IconUserOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listUsers, type User } from "../api/admin";
import { ROLES } from "../api/session";
import { ROLE_WORDS } from "../session/AccountMenu";
import { useMay, useSession } from "../session/hooks";
import { PageState } from "../ui/PageState";
import tones from "../ui/tones.module.css";
import { AdminPage, AdminTable } from "./AdminPage";
import classes from "./AdminPage.module.css";
import { Confirm, type Question } from "./Confirm";
import { NewUserDialog, PasswordDialog } from "./UserDialogs";
import { useChangeUser, useRemoveUser } from "./userMutations";
import { When } from "./When";

/** `/users` */
export function Component() {
  const [creating, setCreating] = useState(false);
  return (
    <AdminPage
      title="Users"
      detail="Who may sign in, and as what. Executive admins propose events; organizers approve them; super admins also manage users and keys."
      needs="users:manage"
      action={
        <Button leftSection={<IconPlus size={16} stroke={2.2} aria-hidden />} onClick={() => setCreating(true)}>
          New user
        </Button>
      }
    >
      <UserTable />
      <NewUserDialog opened={creating} onClose={() => setCreating(false)} />
    </AdminPage>
  );
}

function UserTable() {
  const may = useMay();
  const users = useQuery({ queryKey: ["users"], queryFn: listUsers, enabled: may("users:manage") });
  const [question, setQuestion] = useState<Question | null>(null);
  const [resetting, setResetting] = useState<User | null>(null);
  if (users.isError) return <PageState title="The users could not be loaded" detail={users.error.message} />;
  if (!users.data) return <PageState busy title="Loading the users" />;
  if (users.data.length === 0) {
    return (
      <PageState
        icon={<IconUserOff size={22} stroke={1.6} />}
        title="No users yet"
        detail="In development mode nobody has to sign in. The first user is made when the server starts without it."
      />
    );
  }
  return (
    <>
      <AdminTable label="Users" columns={["Name", "Role", "State", "Created", "Actions"]}>
        {users.data.map((user) => (
          <tr key={user.user_id}>
            <td data-label="Name">{user.name}</td>
            <td data-label="Role">{ROLE_WORDS[user.role]}</td>
            <td data-label="State">
              <span>
                <span className={`${classes.state} ${user.disabled ? tones.gray : tones.green}`}>
                  {user.disabled ? "disabled" : "active"}
                </span>
              </span>
            </td>
            <td data-label="Created">
              <When at={user.created_at} />
            </td>
            <td data-label="Actions">
              <UserActions user={user} ask={setQuestion} resetPassword={() => setResetting(user)} />
            </td>
          </tr>
        ))}
      </AdminTable>
      <Confirm question={question} onClose={() => setQuestion(null)} />
      <PasswordDialog user={resetting} onClose={() => setResetting(null)} />
    </>
  );
}

interface ActionsProps {
  readonly user: User;
  readonly ask: (question: Question) => void;
  readonly resetPassword: () => void;
}

function UserActions({ user, ask, resetPassword }: ActionsProps) {
  const change = useChangeUser();
  const remove = useRemoveUser();
  const self = useSession().id === user.user_id;
  const askForDeletion = () =>
    ask({
      title: "Delete this user?",
      text: `${user.name} is signed out everywhere and cannot sign in any more. What he did stays in the audit.`,
      confirm: "Delete user",
      onConfirm: () => remove.mutate(user),
    });
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={32} aria-label={`Actions for ${user.name}`}>
          <IconDots size={17} stroke={1.7} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Role</Menu.Label>
        {ROLES.filter((role) => role !== user.role).map((role) => (
          <Menu.Item key={role} onClick={() => change.mutate({ user, change: { role } })}>
            Make {ROLE_WORDS[role].toLowerCase()}
          </Menu.Item>
        ))}
        <Menu.Divider />
        {!self && <Menu.Item onClick={resetPassword}>Set a new password</Menu.Item>}
        <Menu.Item onClick={() => change.mutate({ user, change: { disabled: !user.disabled } })}>
          {user.disabled ? "Enable" : "Disable"}
        </Menu.Item>
        <Menu.Item color="red" onClick={askForDeletion}>
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
