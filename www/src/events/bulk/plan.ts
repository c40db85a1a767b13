import { DATE_FIELDS, type DateField, eventTimeZone } from "../../scheduler/eventFields";
import type { EventRow } from "../../scheduler/eventIndex";
import { isAbsolute, toInstant, toLocalReading } from "../../time/eventTime";
import { viewerTimeZone, wallClock } from "../../time/format";
import { startOf } from "../listQuery";

/** How the selected events are to start anew. */
export type Arrangement = "together" | "each";

/**
 * A date of the event moved by `ms`, as an instant; nothing where there is no such date. The server moves a date as it is
 * written: a local time on the event's clock, one with an offset in elapsed time.
 */
export function movedInstant({ event }: EventRow, field: DateField, ms: number): number | undefined {
  const timeZone = eventTimeZone(event) ?? viewerTimeZone;
  if (isAbsolute(event[field])) return (toInstant(event[field], timeZone) ?? Number.NaN) + ms;
  const reading = civil(toLocalReading(event[field], timeZone));
  return reading === undefined ? undefined : toInstant(new Date(reading + ms).toISOString().slice(0, 23), timeZone);
}

/** A local reading as milliseconds of a calendar that knows no zones. */
function civil(reading: string): number | undefined {
  const ms = reading === "" ? Number.NaN : Date.parse(`${reading}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** How far the event's start has to be moved, as it is written, to be at `target`; nothing where it has none. */
function lengthTo({ event }: EventRow, target: number): number | undefined {
  const timeZone = eventTimeZone(event) ?? viewerTimeZone;
  if (isAbsolute(event.start_datetime)) return target - (toInstant(event.start_datetime, timeZone) ?? Number.NaN);
  const from = civil(toLocalReading(event.start_datetime, timeZone));
  const to = civil(wallClock(target, timeZone) ?? "");
  return from === undefined || to === undefined ? undefined : to - from;
}

/** By how much each event moves; one without a start stays. With `together` the distances between them stay. */
export function lengthsTo(rows: readonly EventRow[], target: number, arrangement: Arrangement): Map<string, number> {
  const first = arrangement === "together" ? earliest(rows) : undefined;
  const common = first && lengthTo(first, target);
  const lengths = new Map<string, number>();
  for (const row of rows) {
    const ms = arrangement === "together" ? common : lengthTo(row, target);
    if (ms !== undefined && startOf(row) !== undefined) lengths.set(row.event.event_id, ms);
  }
  return lengths;
}

function earliest(rows: readonly EventRow[]): EventRow | undefined {
  return rows.reduce<EventRow | undefined>((first, row) => {
    const start = startOf(row);
    if (start === undefined) return first;
    return first === undefined || start < (startOf(first) ?? start) ? row : first;
  }, undefined);
}

/** How many dates of the events lie ahead now and would lie in the past after the move. */
export function datesLeftBehind(rows: readonly EventRow[], msOf: (eventId: string) => number, now: number): number {
  let count = 0;
  for (const row of rows) {
    const ms = msOf(row.event.event_id);
    if (ms >= 0) continue;
    for (const field of DATE_FIELDS) {
      const before = movedInstant(row, field, 0);
      const after = movedInstant(row, field, ms);
      if (before !== undefined && after !== undefined && before > now && after <= now) count += 1;
    }
  }
  return count;
}
