/**
 * Formats instants by the viewer's locale. Formatters are cached: making one costs far more than using it.
 */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat | undefined {
  const key = `${timeZone ?? ""}|${JSON.stringify(options)}`;
  const cached = formatters.get(key);
  if (cached) return cached;
  try {
    const made = new Intl.DateTimeFormat(undefined, timeZone ? { ...options, timeZone } : options);
    formatters.set(key, made);
    return made;
  } catch {
    return undefined; // A zone that this browser does not know.
  }
}

/** The viewer's own IANA zone. */
export const viewerTimeZone: string = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What tells something of these instants: seconds and year only where it is not the usual ones. */
function telling(...instants: readonly number[]): Intl.DateTimeFormatOptions {
  const year = new Date().getFullYear();
  return {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "numeric",
    minute: "2-digit",
    ...(instants.every((at) => new Date(at).getFullYear() === year) ? {} : { year: "numeric" }),
    ...(instants.every((at) => at % 60_000 === 0) ? {} : { second: "2-digit" }),
  };
}

/** `Mon, Nov 23, 2:05 PM`, with seconds and year only where they tell something. */
export function formatInstant(at: number, timeZone?: string): string {
  return formatter(timeZone, telling(at))?.format(at) ?? new Date(at).toISOString();
}

/** `Mon, Nov 23, 2:05 – 3:05 PM`: the day of the end only where it is another. */
export function formatSpan(from: number, until: number): string {
  return formatter(undefined, telling(from, until))?.formatRange(from, until) ?? new Date(from).toISOString();
}

/** `Thursday 26 November`, with the year where it is another. */
export function formatDay(at: number, timeZone?: string): string {
  const thisYear = new Date(at).getFullYear() === new Date().getFullYear();
  const options: Intl.DateTimeFormatOptions = {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(thisYear ? {} : { year: "numeric" }),
  };
  return formatter(timeZone, options)?.format(at) ?? new Date(at).toISOString().slice(0, 10);
}

const TICKS = {
  time: { hour: "numeric", minute: "2-digit" },
  day: { weekday: "short", day: "numeric", month: "long", year: "numeric" },
  dayOfMonth: { weekday: "short", day: "numeric" },
  month: { month: "long", year: "numeric" },
  monthOfYear: { month: "short" },
  year: { year: "numeric" },
} as const satisfies Readonly<Record<string, Intl.DateTimeFormatOptions>>;

export type TickUnit = keyof typeof TICKS;

/** An instant in the viewer's zone, as exactly as an axis of this unit has it. */
export const formatTick = (at: number, unit: TickUnit): string => formatter(undefined, TICKS[unit])?.format(at) ?? "";

/** `November 2026`. */
export const formatMonth = (year: number, month: number): string =>
  formatter("UTC", TICKS.month)?.format(Date.UTC(year, month - 1)) ?? `${year}-${month}`;

/** The days of a week in the viewer's language, from the one that lies so many days after the beginning of 1970. */
export function weekdayNames(firstDay: number): readonly { readonly long: string; readonly short: string }[] {
  const name = (day: number, weekday: "long" | "short") =>
    formatter("UTC", { weekday })?.format((firstDay + day) * 24 * 3_600_000) ?? "";
  return Array.from({ length: 7 }, (_, day) => ({ long: name(day, "long"), short: name(day, "short") }));
}

/** The viewer's today: `Thursday 26 November 2026`. */
export function formatToday(): string {
  const options: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
  return formatter(undefined, options)?.format(Date.now()) ?? "";
}

/** `2:05:09 PM`: a time of today, to the second. */
export function formatClock(at: number): string {
  const options: Intl.DateTimeFormatOptions = { hour: "numeric", minute: "2-digit", second: "2-digit" };
  return formatter(undefined, options)?.format(at) ?? new Date(at).toISOString();
}

/** `Nov 23 – 26, 2026`, in the zone where the event takes place. An end at midnight belongs to the day before. */
export function formatDateRange(from: number, until: number, timeZone?: string): string {
  const range = formatter(timeZone, { day: "numeric", month: "short", year: "numeric" });
  if (!range) return new Date(from).toISOString().slice(0, 10);
  const last = Math.max(from, until - 1);
  return range.formatRange(from, last);
}

/** The wall-clock reading of an instant in a zone as `YYYY-MM-DDTHH:MM:SS`, or nothing if the zone is unknown here. */
export function wallClock(at: number, timeZone: string): string | undefined {
  const parts = formatter(timeZone, {
    calendar: "iso8601",
    numberingSystem: "latn",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  })?.formatToParts(at);
  if (!parts) return undefined;
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    parts.find((candidate) => candidate.type === type)?.value ?? "00";
  const year = part("year").padStart(4, "0");
  return `${year}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}:${part("second")}`;
}
