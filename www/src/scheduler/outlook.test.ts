import { expect, it } from "vitest";
import { outlooks } from "./outlook";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = Date.parse("2030-01-01T12:00:00Z");
const iso = (at: number) => new Date(at).toISOString();
const dates = { start_datetime: iso(now + HOUR), end_datetime: iso(now + 2 * HOUR) };

const pending = (event_id: string, fields: Record<string, unknown>) => ({
  event_id,
  status: "pending_approval",
  sub_status: "pending_approval",
  approval_required: true,
  ...fields,
});

it("tells what approving would queue, what would fire at once, and what is past, by the time that it is given", async () => {
  const event = pending("a", {
    ...dates,
    registration_start_date: iso(now - 2 * HOUR),
    registration_end_date: iso(now - MINUTE),
  });
  const [outlook] = await outlooks([event], now);
  expect(outlook?.triggers.map(({ kind, when }) => `${kind}: ${when}`)).toEqual([
    "registration_open: past",
    "registration_close: at_once",
    "event_start: coming",
    "event_end: coming",
  ]);
});

it("has the certificates that open when the event ends", async () => {
  const [outlook] = await outlooks([pending("a", { ...dates, certificate_end_date: iso(now + 3 * HOUR) })], now);
  expect(outlook?.triggers.map(({ kind }) => kind)).toEqual([
    "event_start",
    "event_end",
    "certificate_start",
    "certificate_end",
  ]);
});

it("approving queues nothing of an event that is cancelled, or has no dates", async () => {
  expect(await outlooks([{ event_id: "a", status: "cancelled", ...dates }, pending("b", {})], now)).toEqual([
    { triggers: [], problem: undefined },
    { triggers: [], problem: undefined },
  ]);
});

it("says why an event would be refused, and goes on with the others", async () => {
  const [wrong, right] = await outlooks(
    [{ event_id: "a", ...dates, start_datetime: "soon" }, pending("b", dates)],
    now,
  );
  expect(wrong?.problem).toMatch(/start_datetime/);
  expect(right?.triggers.length).toBe(2);
});
