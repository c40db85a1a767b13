import { requestJson, requestNothing } from "./http";
import { z } from "./zod";

/** The roles as the server calls them. */
export const ROLES = ["super_admin", "organizer", "executive_admin"] as const;
export type Role = (typeof ROLES)[number];

export type Permission =
  | "events:read"
  | "events:write"
  | "events:approve"
  | "events:delete"
  | "feed:read"
  | "scheduler:read"
  | "scheduler:write"
  | "schedules:read"
  | "schedules:write"
  | "users:manage"
  | "keys:manage"
  | "audit:read";

const sessionAnswer = z.looseObject({
  mode: z.enum(["development", "secured"]),
  setup_required: z.boolean(),
  signed_in: z.boolean(),
  id: z.string().nullable(),
  name: z.string().nullable(),
  role: z.enum(ROLES).nullable(),
  permissions: z.array(z.string()),
  csrf_token: z.string().nullable(),
});

/** Who the server takes this browser for, and what it lets him do. */
export type Session = z.infer<typeof sessionAnswer>;

export interface Credentials {
  readonly name: string;
  readonly password: string;
}

export const readSession = (): Promise<Session> => requestJson("/api/v1/session", sessionAnswer);

export const signIn = (credentials: Credentials): Promise<Session> =>
  requestJson("/api/v1/session", sessionAnswer, { method: "POST", body: credentials });

/** Creates the first user with the token from the server's log, and signs him in. */
export const setUp = (first: Credentials & { readonly token: string }): Promise<Session> =>
  requestJson("/api/v1/setup", sessionAnswer, { method: "POST", body: first });

export const signOut = (): Promise<void> => requestNothing("/api/v1/session", { method: "DELETE" });

/** Ends every other session of the user as well. */
export const changePassword = (currentPassword: string, newPassword: string): Promise<Session> =>
  requestJson("/api/v1/session/password", sessionAnswer, {
    method: "PUT",
    body: { current_password: currentPassword, new_password: newPassword },
  });

const sessionList = z.looseObject({
  sessions: z.array(
    z.looseObject({
      session_id: z.string(),
      current: z.boolean(),
      created_at: z.string(),
      last_seen_at: z.string(),
      address: z.string(),
      user_agent: z.string(),
    }),
  ),
});

export type OwnSession = z.infer<typeof sessionList>["sessions"][number];

export const listSessions = async (): Promise<readonly OwnSession[]> =>
  (await requestJson("/api/v1/sessions", sessionList)).sessions;

export const endSession = (sessionId: string): Promise<void> =>
  requestNothing(`/api/v1/sessions/${encodeURIComponent(sessionId)}`, { method: "DELETE" });
