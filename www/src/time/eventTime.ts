import { wallClock } from "./format";

/**
 * Reads a date field of an event for display and for filling in a form. What an event *does* at a date is decided by the
 * scheduler alone; nothing here reaches it.
 */
const ABSOLUTE = /(?:Z|[+-]\d{2}:?\d{2})$/i;
const NAIVE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?)?$/;

const instants = new Map<string, number>();
const CACHE_LIMIT = 50_000;

/** Whether a stored value is an instant by itself, whatever the event's zone. */
export const isAbsolute = (value: unknown): boolean =>
  typeof value === "number" || (typeof value === "string" && ABSOLUTE.test(value.trim()) && value.includes(":"));

/** The local reading `YYYY-MM-DDTHH:MM:SS` that a form shows for a stored value; empty where there is none. */
export function toLocalReading(value: unknown, timeZone: string): string {
  if (typeof value === "number") return wallClock(value, timeZone) ?? "";
  if (typeof value !== "string") return "";
  const naive = NAIVE.exec(value.trim());
  if (naive) return `${naive[1]}T${naive[2] ?? "00:00"}${naive[3] ?? ":00"}`;
  const at = ABSOLUTE.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? "" : (wallClock(at, timeZone) ?? "");
}

/** The instant in epoch milliseconds that a stored value means, as near as this browser can tell. */
export function toInstant(value: unknown, timeZone: string | undefined): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  const key = `${value}|${timeZone ?? ""}`;
  const known = instants.get(key);
  if (known !== undefined) return known;
  const at = readInstant(value.trim(), timeZone);
  if (at === undefined) return undefined;
  if (instants.size >= CACHE_LIMIT) instants.clear();
  instants.set(key, at);
  return at;
}

function readInstant(value: string, timeZone: string | undefined): number | undefined {
  if (isAbsolute(value)) {
    const at = Date.parse(value);
    return Number.isNaN(at) ? undefined : at;
  }
  if (!timeZone || !NAIVE.test(value)) return undefined;
  const reading = Date.parse(`${toLocalReading(value, timeZone)}Z`);
  if (Number.isNaN(reading)) return undefined;
  const before = offsetAt(reading - DAY, timeZone);
  const after = offsetAt(reading + DAY, timeZone);
  if (before === undefined || after === undefined) return undefined;
  // Of two instants with this reading the first counts; a reading that the clocks skip moves on by the gap.
  const found = [before, after].map((offset) => reading - offset).sort((a, b) => a - b);
  return found.find((at) => at + (offsetAt(at, timeZone) ?? 0) === reading) ?? reading - before;
}

const DAY = 24 * 3_600_000;

const WEEK = 7 * 24 * 3_600_000;
const weeks = new Map<string, number | undefined>();

/** The zone's distance from UTC. Asking the browser is slow, and in most weeks the clocks do not change: then twice is enough. */
function offsetAt(at: number, timeZone: string): number | undefined {
  const week = Math.floor(at / WEEK);
  const before = offsetAtWeek(week, timeZone);
  return before === offsetAtWeek(week + 1, timeZone) ? before : readOffset(at, timeZone);
}

function offsetAtWeek(week: number, timeZone: string): number | undefined {
  const key = `${timeZone}|${week}`;
  if (weeks.has(key)) return weeks.get(key);
  const offset = readOffset(week * WEEK, timeZone);
  if (weeks.size >= CACHE_LIMIT) weeks.clear();
  weeks.set(key, offset);
  return offset;
}

function readOffset(at: number, timeZone: string): number | undefined {
  const reading = wallClock(at, timeZone);
  return reading === undefined ? undefined : Date.parse(`${reading}Z`) - Math.floor(at / 1_000) * 1_000;
}
