import type { Schemas } from "./description";
import { type Query, request } from "./http";
import { z } from "./zod";

export type ServerScheduler = Schemas["SchedulerStatusView"];
export type ServerTrigger = Schemas["TriggerRowView"];
export type TriggerPage = Schemas["TriggerPage"];
export type HistoryEntry = Schemas["HistoryView"];
export type HistoryPage = Schemas["HistoryPage"];
export type ServerExplanation = Schemas["Explained"];
export type OrderAnswer = Schemas["OrderAnswer"];

const scheduler = "/api/v1/admin/scheduler";

/** What must not be missing of the answers; everything else is shown where it is there. */
const status = z.looseObject({ running: z.boolean(), now: z.string() });
const triggers = z.looseObject({ now: z.string(), next_cursor: z.string().nullable() });
const history = z.looseObject({ next_cursor: z.string().nullable() });
const explained = z.looseObject({ id: z.string(), sentence: z.string() });
const order = z.looseObject({ done: z.boolean(), occurrences: z.number() });

/** How the server's scheduler is. */
export const readScheduler = (signal: AbortSignal): Promise<ServerScheduler> =>
  request("get", `${scheduler}/status`, {}, status, { signal });

/** Which triggers to list; without `settled` those that are still to fire. */
export interface TriggerFilter {
  readonly event_id?: string;
  readonly kind?: string;
  readonly settled?: boolean;
  /** Due after this instant, in RFC 3339. */
  readonly from?: string;
  /** Due at this instant or before, in RFC 3339. */
  readonly until?: string;
}

/** One page of triggers in the order of the queue. */
export const readTriggers = (
  filter: TriggerFilter,
  page: { readonly cursor?: string; readonly limit: number },
  signal: AbortSignal,
): Promise<TriggerPage> =>
  request("get", `${scheduler}/triggers`, {}, triggers, { query: { ...filter, ...page }, signal });

/** One page of what happened, the latest first. */
export const readHistory = (query: Query, signal: AbortSignal): Promise<HistoryPage> =>
  request("get", `${scheduler}/history`, {}, history, { query, signal });

/** Why an event, or one of its triggers, is as it is on the server. */
export const readExplanation = (id: string, signal: AbortSignal): Promise<ServerExplanation> =>
  request("get", `${scheduler}/explain/{id}`, { id }, explained, { signal });

/** Holds everything back; `reason` is shown to whoever finds the scheduler paused. */
export const pauseScheduler = (reason: string): Promise<OrderAnswer> =>
  request("post", `${scheduler}/pause`, {}, order, { body: { reason } });

/** Ends a pause: what came due meanwhile is delivered (`watermark`) or left out (`now`). */
export const resumeScheduler = (from: "watermark" | "now"): Promise<OrderAnswer> =>
  request("post", `${scheduler}/resume`, {}, order, { body: { from } });

export interface BackfillRange {
  /** RFC 3339; not included. */
  readonly from: string;
  /** RFC 3339; included. */
  readonly until: string;
  /** Also what was delivered before. */
  readonly again: boolean;
}

/** Delivers what was left out in a stretch of the past. */
export const backfill = (range: BackfillRange): Promise<OrderAnswer> =>
  request("post", `${scheduler}/backfill`, {}, order, { body: range });

/** Sets how long after its time a missed trigger is still delivered. */
export const setMaxDowntimeHours = (hours: number): Promise<OrderAnswer> =>
  request("put", `${scheduler}/max-downtime-hours`, {}, order, { body: { max_downtime_hours: hours } });
