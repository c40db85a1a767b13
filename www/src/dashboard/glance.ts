import type { QueuedTrigger } from "client-event-scheduler/slim";
import type { EventRow } from "../scheduler/eventIndex";

const DAY = 24 * 3_600_000;

/** How many events stand where, and how busy the next day is. */
export interface Glance {
  readonly underWay: number;
  readonly registrationOpen: number;
  readonly upcoming: number;
  readonly waiting: number;
  readonly firingToday: number;
  readonly quarantined: number;
}

/** Counts the events by what an organiser asks first. `queue` has at least the triggers of the next day. */
export function glance(
  rows: readonly EventRow[],
  queue: readonly QueuedTrigger[],
  quarantined: number,
  now: number,
): Glance {
  const count = (wanted: (event: EventRow["event"]) => boolean) => rows.filter(({ event }) => wanted(event)).length;
  return {
    underWay: count(({ sub_status }) => sub_status === "event_started"),
    registrationOpen: count(({ sub_status }) => sub_status === "registration_open"),
    upcoming: count(({ status }) => status === "upcoming"),
    waiting: count(({ status }) => status === "pending_approval"),
    firingToday: queue.filter(({ dueAt }) => dueAt <= now + DAY).length,
    quarantined,
  };
}
