// client-event-scheduler: ignore-file — accounts at providers have no triggers; their events come through the feed

import type { Schemas } from "./description";
import { request, requestNothing } from "./http";
import { z } from "./zod";

/** An account at a system that has events. */
export type Account = Schemas["AccountView"];
export type ProvidedEvent = Schemas["ProvidedEventView"];
export type Sync = Schemas["SyncView"];

/** What is to be known of a new account. */
export interface NewAccount {
  readonly account_id: string;
  readonly name: string;
  readonly provider: unknown;
  readonly credentials: unknown;
  readonly time_zone: string;
  readonly calls_per_hour: number;
}

const account = z.looseObject({
  account_id: z.string(),
  name: z.string(),
  provider: z.any(),
  has_credentials: z.boolean(),
  enabled: z.boolean(),
  state: z.string(),
  time_zone: z.string(),
  next_discovery_at: z.string(),
  calls_per_hour: z.number(),
  calls_available: z.number(),
  calls_needed_per_hour: z.number(),
  calls_sustained_per_hour: z.number(),
  overcommitted: z.boolean(),
  events: z.number(),
  participants: z.number(),
  waiting: z.number(),
  missed: z.number(),
  created_at: z.string(),
  updated_at: z.string(),
  updated_by: z.string(),
});
const accounts = z.looseObject({ accounts: z.array(account) });

export const listAccounts = async (signal: AbortSignal): Promise<readonly Account[]> =>
  (await request("get", "/api/v1/sync/accounts", {}, accounts, { signal })).accounts;

export const createAccount = (body: NewAccount): Promise<Account> =>
  request("post", "/api/v1/sync/accounts", {}, account, { body });

const ACCOUNT = "/api/v1/sync/accounts/{account_id}";

/** What is to be different of an account; what is not named stays as it is. */
export type AccountChanges = Partial<Omit<NewAccount, "account_id">> & { readonly enabled?: boolean };

export const changeAccount = ({ id, changes }: { readonly id: string; readonly changes: AccountChanges }) =>
  request("patch", ACCOUNT, { account_id: id }, account, { body: changes });

/** Has an account synced now, also where it is left alone for having failed. */
export const syncNow = (id: string): Promise<Account> =>
  request("post", "/api/v1/sync/accounts/{account_id}/run", { account_id: id }, account);

/** Removes an account. Its events stay. */
export const removeAccount = (id: string): Promise<void> =>
  requestNothing(`/api/v1/sync/accounts/${encodeURIComponent(id)}`, { method: "DELETE" });

const event = z.looseObject({
  event_key: z.string(),
  event_id: z.string(),
  presence: z.string(),
  in_progress: z.boolean(),
  participants: z.number(),
  changed_here: z.array(z.string()),
});
const events = z.looseObject({ events: z.array(event) });

/** The first events of an account, by their keys, and whether there are others. */
export async function listAccountEvents(id: string, signal: AbortSignal) {
  const path = "/api/v1/sync/accounts/{account_id}/events";
  const answer = await request("get", path, { account_id: id }, events, { signal });
  return { events: answer.events, more: answer.next !== null && answer.next !== undefined };
}

const sync = z.looseObject({
  sync_id: z.string(),
  kind: z.string(),
  began_at: z.string(),
  duration_ms: z.number(),
  seen: z.number(),
  created: z.number(),
  changed: z.number(),
  removed: z.number(),
  refused: z.number(),
});
const syncs = z.looseObject({ syncs: z.array(sync) });

const SYNCS = 20;

/** The latest syncs of an account. */
export async function listSyncs(id: string, signal: AbortSignal): Promise<readonly Sync[]> {
  const path = "/api/v1/sync/accounts/{account_id}/history";
  return (await request("get", path, { account_id: id }, syncs, { signal, query: { limit: SYNCS } })).syncs;
}
