import { expect, it } from "vitest";
import { previewOf } from "./usePreview";

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
