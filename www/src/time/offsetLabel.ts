import { wallClock } from "./format";

const labels = new Map<string, string>();

/** The zone's present distance from UTC, `UTC+05:30`; empty for a zone that this browser does not know. */
export function offsetLabel(timeZone: string): string {
  const known = labels.get(timeZone);
  if (known !== undefined) return known;
  const label = makeLabel(timeZone, Math.floor(Date.now() / 1_000) * 1_000);
  labels.set(timeZone, label);
  return label;
}

function makeLabel(timeZone: string, now: number): string {
  const reading = wallClock(now, timeZone);
  if (reading === undefined) return "";
  const minutes = Math.round((Date.parse(`${reading}Z`) - now) / 60_000);
  const hours = String(Math.floor(Math.abs(minutes) / 60)).padStart(2, "0");
  return `UTC${minutes < 0 ? "−" : "+"}${hours}:${String(Math.abs(minutes) % 60).padStart(2, "0")}`;
}
