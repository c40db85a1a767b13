import { expect, it } from "vitest";
import { allTriggersOf, previewOf } from "./usePreview";

it("tells the state and the triggers that a definition would have", () => {
  const { status, triggers, problems } = previewOf({
    event_id: "preview",
    timezone: "Asia/Tokyo",
    start_datetime: "2090-05-01T09:00",
    end_datetime: "2090-05-01T18:00",
  });
  expect(status).toEqual({ status: "upcoming", sub_status: "registration_not_required" });
  expect(triggers.map(({ kind, dueAt }) => [kind, new Date(dueAt).toISOString()])).toEqual([
    ["event_start", "2090-05-01T00:00:00.000Z"],
    ["event_end", "2090-05-01T09:00:00.000Z"],
  ]);
  expect(problems).toEqual([]);
});

it("tells what is wrong with a definition", () => {
  const { triggers, problems } = previewOf({
    event_id: "preview",
    timezone: "Asia/Tokio",
    start_datetime: "2090-05-01",
  });
  expect(triggers).toEqual([]);
  expect(problems).toMatchObject([{ field: "timezone", code: "TIME_ZONE_UNKNOWN" }]);
});

it("doubts local times that the clocks skip or show twice, and takes them all the same", () => {
  const { doubts, problems, triggers } = previewOf({
    event_id: "preview",
    timezone: "Europe/Vienna",
    start_datetime: "2090-03-26T02:30",
    end_datetime: "2090-10-29T02:30",
  });
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
  const { doubts, problems } = previewOf({
    event_id: "preview",
    timezone: "Europe/Vienna",
    start_datetime: "2090-10-29T02:30",
    end_datetime: "2090-10-01T02:30",
  });
  expect([...problems, ...doubts].map(({ field, code }) => [field, code])).toEqual([
    ["end_datetime", "DATE_ORDER"],
    ["start_datetime", "DATE_AMBIGUOUS"],
  ]);
});

it("names the triggers that lie in the past too, and that they do not fire", async () => {
  const triggers = await allTriggersOf({
    event_id: "preview",
    registration_start_date: "2020-01-01T00:00:00Z",
    start_datetime: "2090-05-01T09:00:00Z",
    end_datetime: "2090-05-01T18:00:00Z",
  });
  expect(triggers.map(({ kind, state }) => [kind, state.type])).toEqual([
    ["registration_open", "placed_in_past"],
    ["event_start", "queued"],
    ["event_end", "queued"],
  ]);
});
