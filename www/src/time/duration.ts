const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span in its one or two largest units: `12 ms`, `3.2 s`, `5 min`, `3 h 20 min`, `2 d 4 h`. */
export function formatDuration(ms: number): string {
  const span = Math.abs(ms);
  if (span < SECOND) return `${Math.round(span)} ms`;
  if (span < MINUTE) return `${(Math.floor(span / 100) / 10).toLocaleString()} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < DAY) return pair(Math.floor(span / HOUR), "h", Math.floor((span % HOUR) / MINUTE), "min");
  return pair(Math.floor(span / DAY), "d", Math.floor((span % DAY) / HOUR), "h");
}

const pair = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  `${large.toLocaleString()} ${largeUnit}${small > 0 ? ` ${small} ${smallUnit}` : ""}`;

/** Below this, what is left is the work of firing and not a delay. */
const PUNCTUAL_MS = SECOND;

/** How late something was, in words: `on the second`, `4.2 s late`. */
export const latenessWords = (ms: number): string =>
  ms < PUNCTUAL_MS ? "on the second" : `${formatDuration(ms)} late`;
