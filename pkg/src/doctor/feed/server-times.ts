import { brief, type Checks, objectOf } from "./checks.js";

/** Beyond this a scheduler says that the device's clock is wrong. */
const MOST_OFFSET_MS = 60_000;

/** The two readings of the server's clock that an answer carries. */
export function checkTimes(checks: Checks, name: string, times: unknown, askedAt: number, answeredAt: number): void {
  const { received_at: received, sent_at: sent } = objectOf(times) ?? {};
  const [from, until] = [instantOf(received), instantOf(sent)];
  const offset = (from + until - askedAt - answeredAt) / 2;
  const holds = from <= until && Math.abs(offset) <= MOST_OFFSET_MS;
  const expected = "`server_time` with `received_at` ≤ `sent_at`, within 60 s of this machine's clock";
  checks.that(
    name,
    holds,
    expected,
    `${brief(times)}${Number.isFinite(offset) ? `, off by ${Math.round(offset)} ms` : ""}`,
  );
}

/** What the back end has settled, where it schedules too and says so. */
export function checkWatermark(checks: Checks, name: string, json: unknown): void {
  const { watermark, server_time: times } = objectOf(json) ?? {};
  if (watermark === undefined || watermark === null) {
    checks.notChecked(name, "the back end has none");
    return;
  }
  const [reached, sent] = [instantOf(watermark), instantOf(objectOf(times)?.sent_at)];
  if (Number.isNaN(sent)) {
    checks.notChecked(name, "there is no `server_time` to compare it with");
    return;
  }
  const expected = "`watermark`, an instant that the back end's own clock has reached";
  checks.that(name, reached <= sent, expected, brief(watermark));
}

/** RFC 3339 with an offset. */
function instantOf(text: unknown): number {
  const isInstant =
    typeof text === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i.test(text);
  return isInstant ? Date.parse(text) : Number.NaN;
}
