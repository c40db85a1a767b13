/** An instant: epoch milliseconds, a `Date`, or RFC 3339 text with an offset, for example `2026-06-01T12:00:00Z`. */
export type Instant = Date | number | string;

const UNITS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNITS;

/** A stretch of time: milliseconds, or a number with its unit, for example `"90 s"`, `"2 h"`, `"1.5 d"`. */
export type Duration = number | `${number} ${Unit}` | `${number}${Unit}`;

const WITH_OFFSET = /^\d{4}-\d{2}-\d{2}[T ][\d:.]+(?:Z|[+-]\d{2}:?\d{2})$/i;
const WITH_UNIT = /^(\d+(?:\.\d+)?) ?(ms|s|min|h|d)$/;

/** In epoch milliseconds. A text without an offset would mean something else on another machine, and is refused. */
export function instantMs(instant: Instant): number {
  const known = typeof instant !== "string" || WITH_OFFSET.test(instant);
  const ms = known ? new Date(instant).getTime() : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new RangeError(
      `${String(instant)} is no instant: pass a Date, epoch milliseconds or a text such as 2026-06-01T12:00:00Z`,
    );
  }
  return ms;
}

/** In milliseconds. */
export function durationMs(duration: Duration): number {
  const ms = typeof duration === "number" ? duration : durationOfText(duration);
  if (!(Number.isFinite(ms) && ms >= 0)) {
    throw new RangeError(`${String(duration)} is no duration: pass milliseconds or a text such as "90 s" or "2 h"`);
  }
  return Math.round(ms);
}

function durationOfText(text: string): number {
  const [, count, unit] = WITH_UNIT.exec(text) ?? [];
  return count === undefined ? Number.NaN : Number(count) * UNITS[unit as Unit];
}
