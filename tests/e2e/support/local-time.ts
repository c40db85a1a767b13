/** The wall clock of `timeZone` at an instant, as a `datetime-local` field takes it: `2026-11-23T14:05:09`. */
export function localTime(at: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value;
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}:${part("second")}`;
}

/** The start of the second that lies `seconds` from now. */
export const secondsFromNow = (seconds: number): number => Math.ceil(Date.now() / 1_000 + seconds) * 1_000;

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
