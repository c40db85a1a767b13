import { describe, expect, it } from "vitest";
import type { EventRow } from "../../scheduler/eventIndex";
import { planBatches } from "./bulkAction";
import { datesLeftBehind, lengthsTo, movedInstant } from "./plan";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const row = (event_id: string, fields: Record<string, unknown>): EventRow => ({
  event: { status: "upcoming", sub_status: "registration_open", ...fields, event_id } as EventRow["event"],
  nextTrigger: undefined,
});
const vienna = row("vienna", { timezone: "Europe/Vienna", start_datetime: "2030-03-28T18:00", revision: 3 });
const utc = row("utc", { timezone: "UTC", start_datetime: "2030-04-02T10:00:00Z", revision: 1 });
const undated = row("undated", { revision: 9 });

describe("moving an event", () => {
  it("by days keeps the time of day across a change of the clocks", () => {
    expect(movedInstant(vienna, "start_datetime", 7 * DAY)).toBe(Date.parse("2030-04-04T16:00:00Z"));
    expect(movedInstant(vienna, "start_datetime", 0)).toBe(Date.parse("2030-03-28T17:00:00Z"));
  });

  it("by days moves a date with an offset in elapsed time, as the server does with what is written so", () => {
    const written = row("z", { timezone: "Europe/Vienna", start_datetime: "2030-03-28T17:00:00Z" });
    expect(movedInstant(written, "start_datetime", 7 * DAY)).toBe(Date.parse("2030-04-04T17:00:00Z"));
    const target = Date.parse("2030-04-05T08:00:00Z");
    expect(lengthsTo([written], target, "each").get("z")).toBe(target - Date.parse("2030-03-28T17:00:00Z"));
  });

  it("without that date moves nothing", () => {
    expect(movedInstant(undated, "start_datetime", DAY)).toBeUndefined();
  });
});

describe("a new start", () => {
  const target = Date.parse("2030-05-01T08:00:00Z");

  it("for each brings every event to the same instant", () => {
    const lengths = lengthsTo([vienna, utc, undated], target, "each");
    expect(movedInstant(vienna, "start_datetime", lengths.get("vienna") ?? 0)).toBe(target);
    expect(movedInstant(utc, "start_datetime", lengths.get("utc") ?? 0)).toBe(target);
    expect(lengths.has("undated")).toBe(false);
  });

  it("together brings the earliest there and keeps the distances", () => {
    const lengths = lengthsTo([utc, vienna], target, "together");
    expect(movedInstant(vienna, "start_datetime", lengths.get("vienna") ?? 0)).toBe(target);
    expect(lengths.get("utc")).toBe(lengths.get("vienna"));
  });
});

it("tells how many dates would come to lie in the past", () => {
  const now = Date.parse("2030-04-01T00:00:00Z");
  expect(datesLeftBehind([utc, vienna], () => -2 * DAY, now)).toBe(1);
  expect(datesLeftBehind([utc, vienna], () => DAY, now)).toBe(0);
});

describe("the requests of an action", () => {
  it("name the revisions that were seen", () => {
    expect(planBatches({ type: "cancel" }, [vienna, utc])).toEqual([
      { action: "cancel", event_ids: ["vienna", "utc"], revisions: { vienna: 3, utc: 1 } },
    ]);
  });

  it("put together what moves by the same length, and leave out what stays", () => {
    const byMs = new Map([
      ["vienna", HOUR],
      ["utc", 2 * DAY],
      ["undated", 0],
    ]);
    const batches = planBatches({ type: "reschedule", byMs }, [vienna, utc, undated]);
    expect(batches.map(({ action, by, event_ids }) => [action, by, event_ids])).toEqual([
      ["shift", "PT1H", ["vienna"]],
      ["shift", "P2D", ["utc"]],
    ]);
  });

  it("are small enough that progress is seen", () => {
    const many = Array.from({ length: 120 }, (_, place) => row(`e${place}`, { revision: 1 }));
    expect(planBatches({ type: "delete" }, many).map(({ event_ids }) => event_ids.length)).toEqual([50, 50, 20]);
  });
});
