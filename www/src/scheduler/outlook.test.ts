import { expect, it } from "vitest";
import { approved, outlooks } from "./outlook";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = Date.now();
const iso = (at: number) => new Date(at).toISOString();

const pending = (event_id: string, fields: Record<string, unknown>) => ({
  event_id,
  status: "pending_approval",
  sub_status: "pending_approval",
  approval_required: true,
  ...fields,
});

it("tells what approving would queue, what would fire at once, and what is past", () => {
  const event = pending("a", {
    registration_start_date: iso(now - 2 * HOUR),
    registration_end_date: iso(now - MINUTE),
    start_datetime: iso(now + HOUR),
    end_datetime: iso(now + 2 * HOUR),
  });
  const [outlook] = outlooks([approved(event)], now);
  expect(outlook?.triggers.map(({ kind, when }) => `${kind}: ${when}`)).toEqual([
    "registration_open: past",
    "registration_close: at_once",
    "event_start: coming",
    "event_end: coming",
  ]);
});

it("an event that still waits, or has no dates, would queue nothing", () => {
  const dates = { start_datetime: iso(now + HOUR), end_datetime: iso(now + 2 * HOUR) };
  expect(outlooks([pending("a", dates), approved(pending("b", {}))], now)).toEqual([
    { triggers: [], problem: undefined },
    { triggers: [], problem: undefined },
  ]);
});

it("says why an event would be refused, and goes on with the others", () => {
  const [wrong, right] = outlooks(
    [
      { event_id: "a", start_datetime: "soon", end_datetime: iso(now + HOUR) },
      { event_id: "b", start_datetime: iso(now + HOUR), end_datetime: iso(now + 2 * HOUR) },
    ],
    now,
  );
  expect(wrong?.problem).toMatch(/start_datetime/);
  expect(right?.triggers.length).toBe(2);
});
