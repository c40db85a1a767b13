import type { Schemas } from "./description";
import { request } from "./http";
import { z } from "./zod";

/** An event document as the server stores it, with every field that it does not know kept as it was. */
export type StoredEvent = Schemas["Event"];

/** What every answer about one event has. */
const eventAnswer = z.looseObject({ event: z.looseObject({ event_id: z.string() }) });

const events = "/api/v1/admin/events";

/** Reads one event as it is stored, also one that cannot be scheduled. */
export const readEvent = async (eventId: string, signal: AbortSignal): Promise<StoredEvent> =>
  (await request("get", `${events}/details/{event_id}`, { event_id: eventId }, eventAnswer, { signal })).event;

/** Stores a new event. Fails with `EVENT_EXISTS` when its id is taken. */
export const createEvent = async (event: Record<string, unknown>): Promise<StoredEvent> =>
  (await request("post", `${events}/create`, {}, eventAnswer, { body: event })).event;

/** Merges `patch` into the stored event; `null` clears a field, a `revision` that is no longer current is refused. */
export const updateEvent = async (eventId: string, patch: Record<string, unknown>): Promise<StoredEvent> =>
  (await request("put", `${events}/update/{event_id}`, { event_id: eventId }, eventAnswer, { body: patch })).event;

/** Deletes the event and gives its last document. */
export const deleteEvent = async (eventId: string): Promise<StoredEvent> =>
  (await request("delete", `${events}/delete/{event_id}`, { event_id: eventId }, eventAnswer)).event;

/** Approves the event: its triggers come into being. */
export const approveEvent = async (eventId: string): Promise<StoredEvent> =>
  (await request("post", `${events}/approve/{event_id}`, { event_id: eventId }, eventAnswer)).event;

/** Declines the event: its triggers are withdrawn. A reason stays with it. */
export const declineEvent = async (eventId: string, reason?: string): Promise<StoredEvent> =>
  (
    await request("post", `${events}/decline/{event_id}`, { event_id: eventId }, eventAnswer, {
      ...(reason ? { body: { reason } } : {}),
    })
  ).event;

const batchAnswer = z.looseObject({
  outcomes: z.array(z.looseObject({ event_id: z.string(), success: z.boolean(), changed: z.boolean() })),
});

export type BatchRequest = Schemas["BatchRequest"];
export type BatchOutcome = Schemas["BatchOutcome"];

/** Does one thing to up to a thousand events; what is refused for one holds up no other. */
export const batch = async (body: BatchRequest, signal: AbortSignal): Promise<readonly BatchOutcome[]> =>
  (await request("post", `${events}/batch`, {}, batchAnswer, { body, signal })).outcomes;

/** Merges `patch` into the event if it still has this revision; otherwise it fails with `STALE_REVISION`. */
export const updateEventAt = async (
  eventId: string,
  revision: number,
  patch: Readonly<Record<string, unknown>>,
): Promise<StoredEvent> =>
  (
    await request("patch", `${events}/update/{event_id}`, { event_id: eventId }, eventAnswer, {
      body: patch,
      headers: { "if-match": `"${revision}"` },
    })
  ).event;
