import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { changeAccount, listAccountEvents, listAccounts, listSyncs, removeAccount, syncNow } from "../api/sync";
import { notifyDone, notifyFailed } from "../notify/notices";

const KEY = "accounts";

/** What a provider has told comes from elsewhere, and no feed tells when it was asked. */
const REFRESH_MS = 5_000;

export function useAccounts() {
  return useQuery({
    queryKey: [KEY],
    queryFn: ({ signal }) => listAccounts(signal),
    refetchInterval: REFRESH_MS,
  });
}

export function useAccountEvents(id: string) {
  return useQuery({
    queryKey: [KEY, id, "events"],
    queryFn: ({ signal }) => listAccountEvents(id, signal),
    refetchInterval: REFRESH_MS,
  });
}

export function useSyncs(id: string) {
  return useQuery({
    queryKey: [KEY, id, "syncs"],
    queryFn: ({ signal }) => listSyncs(id, signal),
    refetchInterval: REFRESH_MS,
  });
}

/** Has everything about accounts read anew. */
export function useAccountRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: [KEY] });
}

export function useSyncNow() {
  const refresh = useAccountRefresh();
  return useMutation({
    mutationFn: syncNow,
    onSuccess: () => {
      notifyDone("It is synced now.");
      return refresh();
    },
    onError: (error) => notifyFailed("It is not synced.", error),
  });
}

export function useChangeAccount() {
  const refresh = useAccountRefresh();
  return useMutation({
    mutationFn: changeAccount,
    onSuccess: refresh,
    onError: (error) => notifyFailed("It was not changed.", error),
  });
}

export function useRemoveAccount() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: removeAccount,
    onSuccess: () => {
      notifyDone("The account was removed. Its events stay.");
      // The list alone: of the account itself there is nothing to be read any more.
      return queries.invalidateQueries({ queryKey: [KEY], exact: true });
    },
    onError: (error) => notifyFailed("The account was not removed.", error),
  });
}
