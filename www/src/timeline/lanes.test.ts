import { describe, expect, it } from "vitest";
import type { EventRow } from "../scheduler/eventIndex";
import { WINDOW_KINDS } from "../scheduler/windows";
import { timelineItems } from "./items";
import { inView, packLanes } from "./lanes";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BASE = Date.parse("2030-01-01T00:00:00Z");
const ALL = new Set(WINDOW_KINDS);

const row = (id: string, startDay: number, days: number, fields: Record<string, unknown> = {}): EventRow => ({
  event: {
    event_id: id,
    event_name: id,
    status: "upcoming",
    sub_status: "registration_not_required",
    start_datetime: BASE + startDay * DAY,
    end_datetime: BASE + (startDay + days) * DAY,
    ...fields,
  } as EventRow["event"],
  nextTrigger: undefined,
});

describe("lanes", () => {
  it("hold what overlaps apart, and put what follows back on top", () => {
    const lanes = packLanes(timelineItems([row("a", 0, 4), row("b", 1, 4), row("c", 4, 2)]), ALL, HOUR / 100);
    expect(lanes.map((lane) => lane.map(({ item }) => item.id))).toEqual([["a", "c"], ["b"]]);
  });

  it("leave room for names that are longer than their events", () => {
    const rows = [row("a", 0, 1), row("b", 2, 1)];
    const count = (msPerPx: number) => packLanes(timelineItems(rows), ALL, msPerPx).length;
    expect([count(HOUR / 100), count(DAY)]).toEqual([1, 2]);
  });

  it("take only the windows that are wanted", () => {
    const early = { registration_start_date: BASE };
    const rows = [row("a", 20, 1, early), row("b", 30, 1, early)];
    const items = timelineItems(rows);
    expect(packLanes(items, ALL, HOUR / 100)).toHaveLength(2);
    expect(packLanes(items, new Set(["event"]), HOUR / 100)).toHaveLength(1);
  });

  it("never let two items of one lane overlap, and lose none", () => {
    const rows = Array.from({ length: 2_000 }, (_, n) => row(`e${n}`, (n * 37) % 365, 1 + (n % 5)));
    const lanes = packLanes(timelineItems(rows), ALL, HOUR);
    expect(lanes.flat()).toHaveLength(rows.length);
    for (const lane of lanes) {
      for (const [position, placed] of lane.entries()) {
        expect(placed.from).toBeGreaterThanOrEqual(lane[position - 1]?.until ?? Number.NEGATIVE_INFINITY);
      }
    }
  });
});

it("finds exactly what lies in the lanes and the time in view", () => {
  const rows = Array.from({ length: 500 }, (_, n) => row(`e${n}`, (n * 53) % 365, 1 + (n % 9)));
  const lanes = packLanes(timelineItems(rows), ALL, HOUR);
  const view = { from: BASE + 100 * DAY, until: BASE + 130 * DAY };
  const expected = lanes
    .slice(1, 4)
    .flat()
    .filter(({ from, until }) => until > view.from && from < view.until);
  expect(expected.length).toBeGreaterThan(0);
  expect(inView(lanes, 1, 3, view)).toEqual(expected);
});

it("leaves out what has no place in time", () => {
  const draft = row("draft", 0, 1, { end_datetime: undefined });
  expect(timelineItems([draft, row("a", 0, 1)]).map(({ id }) => id)).toEqual(["a"]);
});
