import { requestJson, requestNothing } from "./http";
import { ROLES, type Role } from "./session";
import { z } from "./zod";

const user = z.looseObject({
  user_id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  disabled: z.boolean(),
  created_at: z.string(),
});
const userAnswer = z.looseObject({ user });
const userList = z.looseObject({ users: z.array(user) });

export type User = z.infer<typeof user>;

export interface UserChange {
  readonly role?: Role;
  readonly disabled?: boolean;
  readonly password?: string;
}

const USERS = "/api/v1/admin/users";

export const listUsers = async (): Promise<readonly User[]> => (await requestJson(USERS, userList)).users;

export const createUser = async (body: { name: string; role: Role; password: string }): Promise<User> =>
  (await requestJson(USERS, userAnswer, { method: "POST", body })).user;

export const updateUser = async (userId: string, body: UserChange): Promise<User> =>
  (await requestJson(`${USERS}/${encodeURIComponent(userId)}`, userAnswer, { method: "PUT", body })).user;

export const deleteUser = (userId: string): Promise<void> =>
  requestNothing(`${USERS}/${encodeURIComponent(userId)}`, { method: "DELETE" });

const apiKey = z.looseObject({
  key_id: z.string(),
  service: z.string(),
  hint: z.string(),
  scopes: z.array(z.string()),
  state: z.enum(["live", "expired", "revoked"]),
  created_at: z.string(),
  created_by: z.string(),
  expires_at: z.string(),
  last_used_at: z.string().nullable(),
});
const newKeyAnswer = z.looseObject({ key: z.string(), api_key: apiKey });
const keyList = z.looseObject({ api_keys: z.array(apiKey) });

export type ApiKey = z.infer<typeof apiKey>;

/** What a key can be allowed. */
export const SCOPES = [
  "events:read",
  "events:write",
  "events:approve",
  "events:delete",
  "feed:read",
  "scheduler:read",
  "scheduler:write",
  "schedules:read",
  "schedules:write",
] as const;

const KEYS = "/api/v1/admin/api-keys";

export const listKeys = async (): Promise<readonly ApiKey[]> => (await requestJson(KEYS, keyList)).api_keys;

/** Gives the key itself, which the server shows this once. */
export const createKey = async (body: {
  service: string;
  scopes: readonly string[];
  expires_in_days: number;
}): Promise<string> => (await requestJson(KEYS, newKeyAnswer, { method: "POST", body })).key;

export const revokeKey = async (keyId: string): Promise<void> => {
  await requestJson(`${KEYS}/${encodeURIComponent(keyId)}`, z.looseObject({ api_key: apiKey }), { method: "DELETE" });
};

const recordedValue = z.union([
  z.object({ value: z.unknown() }).strict(),
  z.looseObject({ cut: z.string(), bytes: z.number(), sha256: z.string() }),
  z.looseObject({ hidden: z.literal(true) }),
]);

const auditChanges = z.looseObject({
  revision: z.number().optional(),
  fields: z.array(z.looseObject({ field: z.string(), old: recordedValue.optional(), new: recordedValue.optional() })),
  left_out: z.number(),
});

const auditPage = z.looseObject({
  entries: z.array(
    z.looseObject({
      id: z.string(),
      at: z.string(),
      actor: z.looseObject({ kind: z.string(), name: z.string().nullable() }),
      address: z.string(),
      user_agent: z.string(),
      method: z.string(),
      route: z.string(),
      target_id: z.string().nullable(),
      outcome: z.enum(["done", "refused", "failed"]),
      problem_code: z.string().nullable(),
      request_id: z.string(),
      unrecorded: z.number(),
      changes: auditChanges.nullable(),
    }),
  ),
  next_before: z.string().nullable(),
  unrecorded_refusals: z.number(),
});

export type AuditPageAnswer = z.infer<typeof auditPage>;
export type AuditChanges = z.infer<typeof auditChanges>;
export type RecordedValue = z.infer<typeof recordedValue>;
export type AuditEntry = AuditPageAnswer["entries"][number];

/** One page of the audit, the latest entry first. Empty filters do not restrict. */
export function readAudit(filter: Readonly<Record<string, string>>, signal: AbortSignal): Promise<AuditPageAnswer> {
  const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ""));
  return requestJson(`/api/v1/admin/audit?${query}`, auditPage, { signal });
}
