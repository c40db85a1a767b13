import { wallClock } from "./format";

/** What a `datetime-local` field of the viewer shows for an instant: `2026-11-23T14:05`. */
export function toLocalInput(at: number, timeZone: string): string {
  return (wallClock(at, timeZone) ?? "").slice(0, 16);
}

/** The instant in epoch milliseconds that a `datetime-local` field of the viewer means; nothing while it is incomplete. */
export function fromLocalInput(value: string): number | undefined {
  const at = value === "" ? Number.NaN : new Date(value).getTime();
  return Number.isNaN(at) ? undefined : at;
}
