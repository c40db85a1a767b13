import { z } from "zod";
import { requestJson } from "./http";

const storedEvent = z.looseObject({ event_id: z.string(), revision: z.number().optional() });

/** An event document as the server stores it, with every field that it does not know kept as it was. */
export type StoredEvent = z.infer<typeof storedEvent>;

const eventAnswer = z.looseObject({ event: storedEvent });

const base = "/api/v1/admin/events";

const mutate = async (path: string, method: "POST" | "PUT" | "DELETE", body?: unknown): Promise<StoredEvent> =>
  (await requestJson(`${base}/${path}`, eventAnswer, { method, body })).event;

/** Reads one event as it is stored, also one that cannot be scheduled. */
export const readEvent = async (eventId: string, signal: AbortSignal): Promise<StoredEvent> =>
  (await requestJson(`${base}/details/${encodeURIComponent(eventId)}`, eventAnswer, { signal })).event;

/** Stores a new event. Fails with `EVENT_EXISTS` when its id is taken. */
export const createEvent = (event: Record<string, unknown>) => mutate("create", "POST", event);

/** Merges `patch` into the stored event; `null` clears a field, a `revision` that is no longer current is refused. */
export const updateEvent = (eventId: string, patch: Record<string, unknown>) =>
  mutate(`update/${encodeURIComponent(eventId)}`, "PUT", patch);

/** Deletes the event and gives its last document. */
export const deleteEvent = (eventId: string) => mutate(`delete/${encodeURIComponent(eventId)}`, "DELETE");

/** Approves the event: its triggers come into being. */
export const approveEvent = (eventId: string) => mutate(`approve/${encodeURIComponent(eventId)}`, "POST");

/** Declines the event: its triggers are withdrawn. */
export const declineEvent = (eventId: string) => mutate(`decline/${encodeURIComponent(eventId)}`, "POST");
