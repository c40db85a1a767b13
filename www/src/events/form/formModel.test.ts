import { describe, expect, it } from "vitest";
import { emptyForm, eventFormSchema, toForm, toNewEvent, toPatch } from "./formModel";

const stored = {
  event_id: "spring-run",
  event_name: "Spring Run",
  timezone: "Europe/Vienna",
  registration_start_date: "2026-03-01 09:00",
  start_datetime: "2026-04-01T07:00:00.500",
  end_datetime: "2026-04-01T16:00:00Z",
  topic: "running",
  revision: 4,
};

describe("toForm", () => {
  it("shows every date as local time in the event's zone", () => {
    expect(toForm(stored, "UTC")).toMatchObject({
      registration_start_date: "2026-03-01T09:00:00",
      start_datetime: "2026-04-01T07:00:00",
      end_datetime: "2026-04-01T18:00:00",
      certificate_end_date: "",
      venue: "",
      approval_required: false,
    });
  });

  it("falls back to the given zone for an event without one", () => {
    const { timezone: _none, ...zoneless } = stored;
    expect(toForm(zoneless, "Asia/Tokyo")).toMatchObject({
      timezone: "Asia/Tokyo",
      end_datetime: "2026-04-02T01:00:00",
    });
  });
});

describe("toPatch", () => {
  const unchanged = toForm(stored, "UTC");

  it("is empty when nothing was changed, whatever form the dates were stored in", () => {
    expect(toPatch(stored, unchanged, "UTC")).toEqual({});
    expect(toPatch(stored, { ...unchanged, registration_start_date: "2026-03-01T09:00" }, "UTC")).toEqual({});
  });

  it("holds only what was changed, and null for what was cleared", () => {
    const values = { ...unchanged, venue: "Wien", registration_start_date: "", end_datetime: "2026-04-01T19:30" };
    expect(toPatch(stored, values, "UTC")).toEqual({
      venue: "Wien",
      registration_start_date: null,
      end_datetime: "2026-04-01T19:30",
    });
  });

  it("writes every date anew when the zone changes", () => {
    expect(toPatch(stored, { ...unchanged, timezone: "Asia/Tokyo" }, "UTC")).toEqual({
      timezone: "Asia/Tokyo",
      registration_start_date: "2026-03-01T09:00:00",
      start_datetime: "2026-04-01T07:00:00",
      end_datetime: "2026-04-01T18:00:00",
    });
  });
});

describe("a new event", () => {
  it("leaves out what the form leaves empty", () => {
    const values = { ...emptyForm("Europe/Vienna"), event_name: "Run", start_datetime: "2026-04-01T07:00" };
    expect(toNewEvent("run-1", values)).toEqual({
      event_id: "run-1",
      event_name: "Run",
      timezone: "Europe/Vienna",
      start_datetime: "2026-04-01T07:00",
    });
  });

  it("needs a name", () => {
    const result = eventFormSchema.safeParse(emptyForm("UTC"));
    expect(result.error?.issues.map(({ path }) => path.join("."))).toEqual(["event_name"]);
  });
});
