// client-event-scheduler: ignore-file — what services have scheduled has no triggers of events

import type { Schemas } from "./description";
import { request } from "./http";
import { z } from "./zod";

/** Something that other back ends have the server do, and when. */
export type Upcoming = Schemas["Upcoming"];
export type ScheduledEvent = Schemas["ScheduledView"];
export type NewSchedule = Schemas["ScheduleBody"];

const page = z.looseObject({
  occurrences: z.array(
    z.looseObject({
      occurrence_id: z.string(),
      event_id: z.string(),
      service_id: z.string(),
      type: z.string(),
      entity_id: z.string(),
      due_at: z.string(),
      state: z.string(),
      attempt: z.number(),
      recurring: z.boolean(),
    }),
  ),
});

export interface SchedulePage {
  readonly occurrences: readonly Upcoming[];
  readonly nextCursor: string | undefined;
}

const PAGE_SIZE = 20;
const PAGES = { upcoming: "/api/events/upcoming", given_up: "/api/events/dead-letters" } as const;

/** A page of what is to come, or of what was given up. */
export async function listSchedules(
  list: keyof typeof PAGES,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<SchedulePage> {
  const query = { cursor, limit: PAGE_SIZE };
  const answer = await request("get", PAGES[list], {}, page, { query, signal });
  return { occurrences: answer.occurrences, nextCursor: answer.next_cursor ?? undefined };
}

const occurrence = z.looseObject({
  occurrence_id: z.string(),
  due_at: z.string(),
  state: z.string(),
  attempt: z.number(),
});
const event = z.looseObject({ event_id: z.string(), occurrences: z.array(occurrence) });

/** An event, or the occurrence with this id, with its attempts and its history. */
export const readSchedule = (id: string, signal?: AbortSignal): Promise<ScheduledEvent> =>
  request("get", "/api/events/{id}", { id }, event, signal ? { signal } : {});

const scheduled = z.looseObject({ event_id: z.string(), created: z.boolean() });

export const schedule = (body: NewSchedule): Promise<Schemas["Scheduled"]> =>
  request("post", "/api/events/schedule", {}, scheduled, { body });

/** Takes back an event with all its occurrences, or one occurrence. */
export const cancelSchedule = (id: string): Promise<unknown> =>
  request("delete", "/api/events/{id}", { id }, z.looseObject({}));

/** Has what was given up tried once more. */
export const retrySchedule = (id: string): Promise<unknown> =>
  request("post", "/api/events/{id}/retry", { id }, z.looseObject({}));
