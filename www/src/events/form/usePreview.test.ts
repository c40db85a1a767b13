import { expect, it } from "vitest";
import { allTriggersOf, previewOf } from "./usePreview";

const at = (time: string) => ({ now: () => Date.parse(time), manual: true });
const CLOCK = at("2030-01-01T00:00:00Z");

it("tells the state and the triggers that a definition would have", () => {
  const { status, triggers, problems } = previewOf(
    {
      event_id: "preview",
      timezone: "Asia/Tokyo",
      start_datetime: "2090-05-01T09:00",
      end_datetime: "2090-05-01T18:00",
    },
    CLOCK,
  );
  expect(status).toEqual({ status: "upcoming", sub_status: "registration_not_required" });
  expect(triggers.map(({ kind, dueAt }) => [kind, new Date(dueAt).toISOString()])).toEqual([
    ["event_start", "2090-05-01T00:00:00.000Z"],
    ["event_end", "2090-05-01T09:00:00.000Z"],
  ]);
  expect(problems).toEqual([]);
});

it("tells what is wrong with a definition", () => {
  const { triggers, problems } = previewOf(
    {
      event_id: "preview",
      timezone: "Asia/Tokio",
      start_datetime: "2090-05-01",
    },
    CLOCK,
  );
  expect(triggers).toEqual([]);
  expect(problems).toMatchObject([{ field: "timezone", code: "TIME_ZONE_UNKNOWN" }]);
});

it("doubts local times that the clocks skip or show twice, and takes them all the same", () => {
  const { doubts, problems, triggers } = previewOf(
    {
      event_id: "preview",
      timezone: "Europe/Vienna",
      start_datetime: "2090-03-26T02:30",
      end_datetime: "2090-10-29T02:30",
    },
    CLOCK,
  );
  expect(doubts.map(({ field, code }) => [field, code])).toEqual([
    ["start_datetime", "DATE_NONEXISTENT"],
    ["end_datetime", "DATE_AMBIGUOUS"],
  ]);
  expect(problems).toEqual([]);
  expect(triggers.map(({ dueAt }) => new Date(dueAt).toISOString())).toEqual([
    "2090-03-26T01:30:00.000Z",
    "2090-10-29T00:30:00.000Z",
  ]);
});

it("tells of contradictions and doubts at once", () => {
  const { doubts, problems } = previewOf(
    {
      event_id: "preview",
      timezone: "Europe/Vienna",
      start_datetime: "2090-10-29T02:30",
      end_datetime: "2090-10-01T02:30",
    },
    CLOCK,
  );
  expect([...problems, ...doubts].map(({ field, code }) => [field, code])).toEqual([
    ["end_datetime", "DATE_ORDER"],
    ["start_datetime", "DATE_AMBIGUOUS"],
  ]);
});

it("names the triggers that lie in the past too, and that they do not fire", async () => {
  const triggers = await allTriggersOf(
    {
      event_id: "preview",
      registration_start_date: "2020-01-01T00:00:00Z",
      start_datetime: "2090-05-01T09:00:00Z",
      end_datetime: "2090-05-01T18:00:00Z",
    },
    CLOCK,
  );
  expect(triggers.map(({ kind, state }) => [kind, state.type])).toEqual([
    ["registration_open", "placed_in_past"],
    ["event_start", "queued"],
    ["event_end", "queued"],
  ]);
});

it("goes by the clock that it is given", async () => {
  const definition = {
    event_id: "preview",
    start_datetime: "2090-05-01T09:00:00Z",
    end_datetime: "2090-05-01T18:00:00Z",
  };
  const during = at("2090-05-01T10:00:00Z");
  expect(previewOf(definition, CLOCK).status?.status).toBe("upcoming");
  expect(previewOf(definition, during).status?.status).toBe("ongoing");
  const triggers = await allTriggersOf(definition, during);
  expect(triggers.map(({ kind, state }) => [kind, state.type])).toEqual([
    ["event_start", "placed_in_past"],
    ["event_end", "queued"],
  ]);
});
