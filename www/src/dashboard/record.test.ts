import type { MissedCounts } from "client-event-scheduler/slim";
import { expect, it } from "vitest";
import type { HistoryEntry } from "../api/scheduler";
import { byDay, dayLabel } from "./days";
import { missedLines, ofTriggers } from "./record";

const entry = (id: number, trigger_id: string | null, cause: string) =>
  ({ id, event_id: "e", trigger_id, kind: "event_start", cause }) as HistoryEntry;

it("passes over what edits did", () => {
  const history = [entry(3, "t3", "on_time"), entry(2, null, "edit"), entry(1, "t1", "expired")];
  expect(ofTriggers(history).map(({ id }) => id)).toEqual([3, 1]);
});

const NONE: MissedCounts = {
  detected: 0,
  delivered: 0,
  failed: 0,
  expired: 0,
  superseded: 0,
  skipped: 0,
  withdrawn: 0,
  elsewhere: 0,
  waiting: 0,
};

it("tells only what there is of missed triggers, here or on the server", () => {
  expect(missedLines(NONE, undefined)).toEqual([]);
  const server = { detected: 3, recovered: 2, expired: 1, superseded: 0, skipped: 0 };
  expect(missedLines({ ...NONE, detected: 1, delivered: 1 }, server)).toEqual([
    { label: "Found late", page: 1, server: 3 },
    { label: "Delivered after all", page: 1, server: 2 },
    { label: "Older than the catch-up window", page: 0, server: 1 },
  ]);
});

it("splits by the viewer's days and calls near ones by name", () => {
  const now = new Date(2030, 2, 10, 22).getTime();
  const at = (day: number, hour: number) => new Date(2030, 2, day, hour).getTime();
  const days = byDay([at(10, 23), at(11, 1), at(11, 23), at(14, 9)], (instant) => instant, now);
  expect(days.map(({ items }) => items.length)).toEqual([1, 2, 1]);
  expect(days.slice(0, 2).map(({ label }) => label)).toEqual(["Today", "Tomorrow"]);
  expect(dayLabel(at(9, 1), now)).toBe("Yesterday");
});
