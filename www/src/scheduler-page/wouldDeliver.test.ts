import { expect, it } from "vitest";
import type { ServerTrigger } from "../api/scheduler";
import { wouldDeliver } from "./wouldDeliver";

const trigger = (state: string, present = true): ServerTrigger => ({
  trigger_id: "gala/event_start@2030-01-01T00:00:00.000Z",
  event_id: "gala",
  kind: "event_start",
  due_at: "2030-01-01T00:00:00.000Z",
  time_until_ms: -1,
  state,
  generation: 0,
  present,
});

it.each([
  ["expired", false, true],
  ["superseded", false, true],
  ["skipped", false, true],
  ["passed", false, true],
  ["fired", false, false],
  ["fired", true, true],
  ["pending", true, false],
])("of what is %s (again: %s) a backfill delivers: %s", (state, again, expected) => {
  expect(wouldDeliver(trigger(state), again)).toBe(expected);
});

it("never delivers what its event does not have any more", () => {
  expect(wouldDeliver(trigger("expired", false), true)).toBe(false);
});
