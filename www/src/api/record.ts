import { z } from "zod";
import type { Schemas } from "./description";
import { request, requestJson } from "./http";

/** What the server's scheduler is doing, and what it has counted. */
export type ServerStatus = Schemas["SchedulerStatusView"];

/** Why the server holds an event, or a trigger of it, to be as it is. */
export type ServerExplanation = Schemas["Explained"];

const scheduler = "/api/v1/admin/scheduler";

const statusAnswer = z.looseObject({ running: z.boolean(), now: z.string() });
const explanationAnswer = z.looseObject({ id: z.string(), sentence: z.string() });

const state = z.looseObject({ status: z.string(), sub_status: z.string() });
const historyEntry = z.looseObject({
  id: z.number(),
  event_id: z.string(),
  trigger_id: z.string().nullish(),
  kind: z.string(),
  cause: z.string(),
  superseded: z.boolean(),
  scheduled_at: z.string(),
  executed_at: z.string(),
  lateness_ms: z.number(),
  before: state.nullish(),
  after: state.nullish(),
});
const historyPage = z.looseObject({ history: z.array(historyEntry) });

/** One settled trigger, or one status change that no trigger made. */
export type HistoryEntry = z.infer<typeof historyEntry>;

export const readServerStatus = (signal: AbortSignal): Promise<ServerStatus> =>
  request("get", `${scheduler}/status`, {}, statusAnswer, { signal });

/** Which entries of the history to read. */
export interface HistoryFilter {
  readonly event_id?: string;
  readonly limit: number;
}

/** The latest entries of the history, the latest first. */
export async function readHistory(filter: HistoryFilter, signal: AbortSignal): Promise<readonly HistoryEntry[]> {
  const query = new URLSearchParams({ limit: String(filter.limit) });
  if (filter.event_id !== undefined) query.set("event_id", filter.event_id);
  return (await requestJson(`${scheduler}/history?${query}`, historyPage, { signal })).history;
}

/** What the server says of an event, or of one trigger. */
export const explainOnServer = (id: string, signal: AbortSignal): Promise<ServerExplanation> =>
  request("get", `${scheduler}/explain/{id}`, { id }, explanationAnswer, { signal });
