import { CalendarDate, endOfMonth, startOfMonth, startOfWeek } from "@internationalized/date";
import { type DayNumber, dayNumber, type EventSpan } from "./spans";

/** A part of an event's days that lies within one week. */
export interface Segment {
  readonly span: EventSpan;
  /** 0 to 6, from the first day of the week. */
  readonly from: number;
  /** The last one, included. */
  readonly to: number;
  readonly lane: number;
}

/** One week of a month. */
export interface Week {
  readonly firstDay: DayNumber;
  /** Without overlap within a lane; the lanes of long events come first. */
  readonly segments: readonly Segment[];
  /** How many events take each of its days. */
  readonly counts: readonly number[];
}

export const DAYS = 7;

/** The first days of the weeks that have a day in the month of `date`; with which day weeks begin is the locale's affair. */
export function weeksOf(date: CalendarDate, locale: string): readonly DayNumber[] {
  const last = dayNumber(endOfMonth(date).toString());
  const weeks: DayNumber[] = [];
  for (let day = dayNumber(startOfWeek(startOfMonth(date), locale).toString()); day <= last; day += DAYS)
    weeks.push(day);
  return weeks;
}

/** `2026-11-26`, or nothing where it is no date. */
export function readDate(text: string | null): CalendarDate | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text ?? "");
  if (!parts) return undefined;
  const date = new CalendarDate(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  return date.toString() === text ? date : undefined;
}

/** Lays the events of one week out. */
export function layOut(spans: readonly EventSpan[], firstDay: DayNumber): Week {
  const lastDay = firstDay + DAYS - 1;
  const inWeek = spans
    .filter(({ first, last }) => first <= lastDay && last >= firstDay)
    .map((span) => ({ span, from: Math.max(0, span.first - firstDay), to: Math.min(DAYS - 1, span.last - firstDay) }))
    .sort((a, b) => a.from - b.from || b.to - b.from - (a.to - a.from) || (a.span.name < b.span.name ? -1 : 1));
  const ends: number[] = [];
  const segments = inWeek.map((part) => {
    const free = ends.findIndex((end) => end < part.from);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = part.to;
    return { ...part, lane };
  });
  const counts = Array.from(
    { length: DAYS },
    (_, day) => segments.filter(({ from, to }) => from <= day && to >= day).length,
  );
  return { firstDay, segments, counts };
}

/** What of a day has no room: all lanes from `lanes` on; a lane less is shown where a line is needed to say so. */
export function hiddenOn(week: Week, day: number, lanes: number): number {
  return week.segments.filter(({ from, to, lane }) => from <= day && to >= day && lane >= lanes).length;
}
