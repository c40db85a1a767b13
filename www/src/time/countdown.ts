const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (value: number) => String(value).padStart(2, "0");

/** Writes a remaining time in its two or three largest units: `12 d 04 h`, `3:05:09`, `0:14`. */
export function formatCountdown(remainingMs: number): string {
  const rounded = Math.ceil(Math.max(0, remainingMs) / SECOND) * SECOND;
  if (rounded === 0) return "now";
  const days = Math.floor(rounded / DAY);
  const hours = Math.floor((rounded % DAY) / HOUR);
  const minutes = Math.floor((rounded % HOUR) / MINUTE);
  const seconds = Math.floor((rounded % MINUTE) / SECOND);
  if (days > 0) return `${days} d ${two(hours)} h`;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(seconds)}`;
  return `${minutes}:${two(seconds)}`;
}

/** How near a trigger is; it decides the weight that a countdown gets on the screen. */
export function nearness(remainingMs: number): "imminent" | "today" | "later" {
  if (remainingMs <= MINUTE) return "imminent";
  return remainingMs <= DAY ? "today" : "later";
}
