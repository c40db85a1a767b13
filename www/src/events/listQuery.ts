import type { EventStatus } from "client-event-scheduler";
import { eventName, eventTimeZone, eventVenue } from "../scheduler/eventFields";
import type { EventRow } from "../scheduler/eventIndex";
import { toInstant } from "../time/eventTime";

export const SORTS = ["next", "start", "name"] as const;
export type Sort = (typeof SORTS)[number];

export const STATUS_FILTERS = [
  "all",
  "upcoming",
  "ongoing",
  "completed",
  "pending_approval",
  "declined",
  "cancelled",
  "draft",
] as const satisfies readonly ("all" | EventStatus["status"])[];
export type StatusFilter = (typeof STATUS_FILTERS)[number];

/** What the list shows and in which order; kept in the page's address. */
export interface ListQuery {
  readonly search: string;
  readonly status: StatusFilter;
  readonly sort: Sort;
}

/** Rows whose name, venue or id contains every word of `search`. */
export function searchRows(rows: readonly EventRow[], search: string): readonly EventRow[] {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter(({ event }) => {
    const text = `${eventName(event)} ${eventVenue(event)} ${event.event_id}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export function filterByStatus(rows: readonly EventRow[], status: StatusFilter): readonly EventRow[] {
  return status === "all" ? rows : rows.filter(({ event }) => event.status === status);
}

/** How many of the rows stand in each status. */
export function countByStatus(rows: readonly EventRow[]): ReadonlyMap<StatusFilter, number> {
  const counts = new Map<StatusFilter, number>([["all", rows.length]]);
  for (const { event } of rows) counts.set(event.status, (counts.get(event.status) ?? 0) + 1);
  return counts;
}

/** Sorts a copy; rows without a value for the sort come last, and equal ones stand by name and id. */
export function sortRows(rows: readonly EventRow[], sort: Sort): readonly EventRow[] {
  const keyed = rows.map((row) => ({ row, name: eventName(row.event), keys: sortKeys(row, sort) }));
  keyed.sort(
    (a, b) =>
      compareKeys(a.keys, b.keys) ||
      collator.compare(a.name, b.name) ||
      (a.row.event.event_id < b.row.event.event_id ? -1 : 1),
  );
  return keyed.map(({ row }) => row);
}

const collator = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

function sortKeys(row: EventRow, sort: Sort): readonly number[] {
  const start = startOf(row);
  switch (sort) {
    case "name":
      return [];
    case "start":
      return [-(start ?? Number.NEGATIVE_INFINITY)]; // The latest start first.
    case "next":
      // What has nothing to come follows with the most recent start on top.
      return [row.nextTrigger?.dueAt ?? Number.POSITIVE_INFINITY, -(start ?? Number.NEGATIVE_INFINITY)];
  }
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  for (const [position, key] of a.entries()) {
    const other = b[position] ?? 0;
    if (key !== other) return key < other ? -1 : 1;
  }
  return 0;
}

/** The start of a row's event in epoch milliseconds, where it has a readable one. */
export const startOf = ({ event }: EventRow): number | undefined =>
  toInstant(event.start_datetime, eventTimeZone(event));
