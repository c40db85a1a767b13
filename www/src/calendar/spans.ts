import { eventName, eventTimeZone } from "../scheduler/eventFields";
import type { EventRow } from "../scheduler/eventIndex";
import { toLocalReading } from "../time/eventTime";
import { viewerTimeZone } from "../time/format";

/** Days are counted from the beginning of 1970, in the calendar of the place where the event is. */
export type DayNumber = number;

/** The days that an event takes. The same object stays for as long as its event does not change. */
export interface EventSpan {
  readonly id: string;
  readonly name: string;
  readonly event: EventRow["event"];
  readonly first: DayNumber;
  /** The last day, included. */
  readonly last: DayNumber;
}

const DAY_MS = 24 * 3_600_000;
const MIDNIGHT = "T00:00:00";
const made = new WeakMap<EventRow["event"], EventSpan | null>();

/** `2026-11-26` as the number of its day. */
export const dayNumber = (isoDate: string): DayNumber => Math.round(Date.parse(`${isoDate}T00:00:00Z`) / DAY_MS);

/** The reverse. */
export const isoDate = (day: DayNumber): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** The days of all events that have a start and an end. */
export function eventSpans(rows: readonly EventRow[]): readonly EventSpan[] {
  const spans = rows.map(({ event }) => {
    let span = made.get(event);
    if (span === undefined) {
      span = makeSpan(event);
      made.set(event, span);
    }
    return span;
  });
  return spans.filter((span) => span !== null);
}

function makeSpan(event: EventRow["event"]): EventSpan | null {
  const timeZone = eventTimeZone(event) ?? viewerTimeZone;
  const start = toLocalReading(event.start_datetime, timeZone);
  const end = toLocalReading(event.end_datetime, timeZone);
  if (start === "" || end === "" || end < start) return null;
  const first = dayNumber(start.slice(0, 10));
  const lastBegun = dayNumber(end.slice(0, 10));
  // What ends at midnight does not take the day that begins then.
  const last = end.endsWith(MIDNIGHT) && lastBegun > first ? lastBegun - 1 : lastBegun;
  return { id: event.event_id, name: eventName(event), event, first, last };
}
