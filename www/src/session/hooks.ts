import { createContext, use } from "react";
import type { Permission, Session } from "../api/session";

export const SessionContext = createContext<Session | null>(null);

/** The session of whoever uses this page. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error("This component must stand inside <SessionGate>.");
  return session;
}

/** What the user may; the server decides again with every request. */
export function useMay(): (permission: Permission) => boolean {
  const { permissions } = useSession();
  return (permission) => permissions.includes(permission);
}
