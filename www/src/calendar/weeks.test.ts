import { describe, expect, it } from "vitest";
import type { EventRow } from "../scheduler/eventIndex";
import { dayNumber, eventSpans, isoDate } from "./spans";
import { hiddenOn, layOut, readDate, weeksOf } from "./weeks";

const row = (id: string, start: unknown, end: unknown, timezone?: string): EventRow => ({
  event: {
    event_id: id,
    event_name: id,
    start_datetime: start,
    end_datetime: end,
    timezone,
  } as unknown as EventRow["event"],
  nextTrigger: undefined,
});
const days = (start: unknown, end: unknown, zone?: string) =>
  eventSpans([row("e", start, end, zone)]).map(({ first, last }) => [isoDate(first), isoDate(last)]);

describe("the days of an event", () => {
  it("are those of its own zone", () => {
    expect(days("2030-06-01T22:00:00Z", "2030-06-02T03:00:00Z", "Asia/Tokyo")).toEqual([["2030-06-02", "2030-06-02"]]);
    expect(days("2030-06-01T22:00:00Z", "2030-06-02T03:00:00Z", "America/Denver")).toEqual([
      ["2030-06-01", "2030-06-01"],
    ]);
  });

  it("end the day before where it ends at midnight", () => {
    expect(days("2030-06-01T00:00", "2030-06-03T00:00", "UTC")).toEqual([["2030-06-01", "2030-06-02"]]);
    expect(days("2030-06-01", "2030-06-01", "UTC")).toEqual([["2030-06-01", "2030-06-01"]]);
  });

  it("are none without both dates", () => {
    expect(days("2030-06-01", undefined, "UTC")).toEqual([]);
    expect(days("2030-06-02", "2030-06-01", "UTC")).toEqual([]);
  });
});

describe("the weeks of a month", () => {
  it.each([
    ["en-GB", "2030-05-27", 5],
    ["en-US", "2030-05-26", 6],
    ["ar-EG", "2030-06-01", 5],
  ])("begin in %s on %s", (locale, first, count) => {
    const month = readDate("2030-06-15");
    const weeks = month ? weeksOf(month, locale) : [];
    expect([isoDate(weeks[0] ?? 0), weeks.length]).toEqual([first, count]);
  });

  it("hold long events in lanes above short ones, and overlap none", () => {
    const monday = dayNumber("2030-06-03");
    const spans = eventSpans([
      row("short", "2030-06-03T09:00", "2030-06-03T17:00", "UTC"),
      row("long", "2030-06-01T09:00", "2030-06-20T17:00", "UTC"),
      row("later", "2030-06-05T09:00", "2030-06-06T17:00", "UTC"),
      row("elsewhere", "2030-06-12T09:00", "2030-06-13T17:00", "UTC"),
    ]);
    const week = layOut(spans, monday);
    expect(week.segments.map(({ span, from, to, lane }) => [span.id, from, to, lane])).toEqual([
      ["long", 0, 6, 0],
      ["short", 0, 0, 1],
      ["later", 2, 3, 1],
    ]);
    expect(week.counts).toEqual([2, 1, 2, 2, 1, 1, 1]);
    expect([0, 1, 2].map((day) => hiddenOn(week, day, 1))).toEqual([1, 0, 1]);
  });
});

it("takes only real dates from the address", () => {
  expect(readDate("2030-02-28")?.toString()).toBe("2030-02-28");
  for (const text of [null, "", "2030-02-30", "2030-13-01", "tomorrow"]) expect(readDate(text)).toBeUndefined();
});
