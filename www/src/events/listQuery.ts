import type { EventStatus } from "client-event-scheduler/slim";
import { type Approval, eventApproval, eventName, eventTimeZone, eventVenue } from "../scheduler/eventFields";
import type { EventRow } from "../scheduler/eventIndex";
import { SUB_STATUSES } from "../scheduler/vocabulary";
import { toInstant } from "../time/eventTime";

export const SORT_KEYS = ["next", "start", "name", "status", "approval", "zone", "updated", "revision"] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** In which order: by what, and whether from the largest to the smallest. */
export interface Sort {
  readonly by: SortKey;
  readonly descending: boolean;
}

/** What one wants first when sorting by something for the first time: the latest start, the latest change. */
export const isDescendingFirst = (by: SortKey): boolean => by === "start" || by === "updated" || by === "revision";

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

/** What restricts the list beyond search and status; an empty list or text restricts nothing. */
export interface ListFilter {
  readonly subStatus: readonly string[];
  readonly approval: readonly Approval[];
  readonly zone: readonly string[];
  /** `YYYY-MM-DD`: starts on this day of the viewer or later. */
  readonly from: string;
  /** `YYYY-MM-DD`: starts on this day of the viewer or earlier. */
  readonly until: string;
}

/** What the list shows and in which order; kept in the page's address. */
export interface ListQuery extends ListFilter {
  readonly search: string;
  readonly status: StatusFilter;
  readonly sort: Sort;
  /** The columns to show; nothing for those that are shown unless somebody chooses. */
  readonly columns: readonly string[] | null;
}

const texts = new WeakMap<EventRow["event"], string>();

/** What is searched of an event; made once as long as it stays the same. */
function searchedText(event: EventRow["event"]): string {
  const known = texts.get(event);
  if (known !== undefined) return known;
  const text = `${eventName(event)} ${eventVenue(event)} ${event.event_id}`.toLocaleLowerCase();
  texts.set(event, text);
  return text;
}

/** Rows whose name, venue or id contains every word of `search`. */
export function searchRows(rows: readonly EventRow[], search: string): readonly EventRow[] {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter(({ event }) => {
    const text = searchedText(event);
    return words.every((word) => text.includes(word));
  });
}

export function filterByStatus(rows: readonly EventRow[], status: StatusFilter): readonly EventRow[] {
  return status === "all" ? rows : rows.filter(({ event }) => event.status === status);
}

/** Rows that every restriction lets through. */
export function filterRows(rows: readonly EventRow[], filter: ListFilter): readonly EventRow[] {
  const { subStatus, approval, zone } = filter;
  const [from, until] = startRange(filter);
  const bounded = from !== undefined || until !== undefined;
  if (!bounded && subStatus.length + approval.length + zone.length === 0) return rows;
  return rows.filter((row) => {
    const { event } = row;
    if (subStatus.length > 0 && !subStatus.includes(event.sub_status)) return false;
    if (approval.length > 0 && !approval.includes(eventApproval(event))) return false;
    if (zone.length > 0 && !zone.includes(eventTimeZone(event) ?? "")) return false;
    if (!bounded) return true;
    const start = startOf(row);
    return start !== undefined && start >= (from ?? start) && start < (until ?? Number.POSITIVE_INFINITY);
  });
}

/** The instants, in epoch milliseconds, between which an event has to start: the whole days of the viewer. */
function startRange({ from, until }: Pick<ListFilter, "from" | "until">): readonly (number | undefined)[] {
  return [dayStart(from, 0), dayStart(until, 1)];
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

function dayStart(day: string, later: number): number | undefined {
  const parts = DAY.exec(day);
  return parts ? new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + later).getTime() : undefined;
}

/** How many restrictions are in force. */
export const countFilters = ({ subStatus, approval, zone, from, until }: ListFilter): number =>
  [subStatus, approval, zone].filter(({ length }) => length > 0).length + (from || until ? 1 : 0);

export const NO_FILTER: ListFilter = { subStatus: [], approval: [], zone: [], from: "", until: "" };

/** How many of the rows stand in each status. */
export function countByStatus(rows: readonly EventRow[]): ReadonlyMap<StatusFilter, number> {
  const counts = new Map<StatusFilter, number>([["all", rows.length]]);
  for (const { event } of rows) counts.set(event.status, (counts.get(event.status) ?? 0) + 1);
  return counts;
}

/** Sorts a copy; rows without a value for the sort come last, whatever the order, and equal ones stand by name and id. */
export function sortRows(rows: readonly EventRow[], { by, descending }: Sort): readonly EventRow[] {
  const keyed = rows.map((row) => ({ row, name: eventName(row.event), key: sortKey(row, by), next: tieKey(row, by) }));
  const sign = descending ? -1 : 1;
  keyed.sort(
    (a, b) =>
      compareKeys(a.key, b.key, sign) ||
      compareKeys(a.next, b.next, -1) ||
      collator.compare(a.name, b.name) * (by === "name" ? sign : 1) ||
      (a.row.event.event_id < b.row.event.event_id ? -1 : 1),
  );
  return keyed.map(({ row }) => row);
}

const collator = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

type Key = number | string | undefined;

function sortKey(row: EventRow, by: SortKey): Key {
  const { event } = row;
  switch (by) {
    case "name":
      return ""; // The names decide, as between any equal ones.
    case "start":
      return startOf(row);
    case "next":
      return row.nextTrigger?.dueAt;
    case "status":
      return STATUS_FILTERS.indexOf(event.status) * 100 + (SUB_STATUS_ORDER.get(event.sub_status) ?? 99);
    case "approval":
      return eventApproval(event);
    case "zone":
      return eventTimeZone(event);
    case "updated":
      return typeof event.updated_at === "string" ? event.updated_at : undefined;
    case "revision":
      return event.revision ?? undefined;
  }
}

const SUB_STATUS_ORDER: ReadonlyMap<string, number> = new Map(SUB_STATUSES.map((name, place) => [name, place]));

/** What has nothing to come follows with the most recent start on top. */
const tieKey = (row: EventRow, by: SortKey): Key => (by === "next" && !row.nextTrigger ? startOf(row) : undefined);

function compareKeys(a: Key, b: Key, sign: 1 | -1): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a < b ? -sign : sign;
}

/** The start of a row's event in epoch milliseconds, where it has a readable one. */
export const startOf = ({ event }: EventRow): number | undefined =>
  toInstant(event.start_datetime, eventTimeZone(event));
