const UNITS = { weeks: "W", days: "D", hours: "H" } as const;

export type SpanUnit = keyof typeof UNITS;

export const SPAN_UNITS = Object.keys(UNITS) as readonly SpanUnit[];

const HOUR_MS = 3_600_000;
const SIZES: Record<SpanUnit, number> = { weeks: 168 * HOUR_MS, days: 24 * HOUR_MS, hours: HOUR_MS };

/** A length of time on the clock in milliseconds: `spanMs(-2, "weeks")`. */
export const spanMs = (amount: number, unit: SpanUnit): number => amount * SIZES[unit];

/**
 * The same as the server reads it: `P7D`, `-PT90M`. Parts of a second are left out.
 */
export function isoSpan(ms: number): string {
  const seconds = Math.trunc(Math.abs(ms) / 1_000);
  const days = Math.floor(seconds / 86_400);
  const parts = [
    [Math.floor((seconds % 86_400) / 3_600), "H"],
    [Math.floor((seconds % 3_600) / 60), "M"],
    [seconds % 60, "S"],
  ] as const;
  const time = parts.map(([amount, unit]) => (amount > 0 ? `${amount}${unit}` : "")).join("");
  const date = days > 0 || time === "" ? `${days}D` : "";
  return `${ms < 0 ? "-" : ""}P${date}${time && `T${time}`}`;
}
