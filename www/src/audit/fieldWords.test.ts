import { describe, expect, it } from "vitest";
import { formatInstant } from "../time/format";
import { fieldWords } from "./fieldWords";

const changed = (field: string, old: unknown, now: unknown) => ({ field, old: { value: old }, new: { value: now } });

describe("the words of a change", () => {
  it("call fields as the form does, and others by their own name", () => {
    const fields = [changed("venue", "Hall 1", "Hall 2"), changed("seats", 10, [1, { a: 2 }])];
    expect(fieldWords({ fields, left_out: 0 })).toEqual([
      { field: "venue", label: "Venue", before: "Hall 1", after: "Hall 2" },
      { field: "seats", label: "seats", before: "10", after: '[1,{"a":2}]' },
    ]);
  });

  it("tell a decision as the lists do", () => {
    const fields = [
      changed("event_approval_status", "pending_approval", "declined"),
      { field: "decline_reason", new: { value: "The hall is taken." } },
      changed("event_approval_status", "approved", "something else"),
    ];
    expect(fieldWords({ fields, left_out: 0 }).map(({ label, before, after }) => [label, before, after])).toEqual([
      ["Approval", "Waiting", "Declined"],
      ["Reason for declining", undefined, "The hall is taken."],
      ["Approval", "Approved", "something else"],
    ]);
  });

  it("tell times in the zone of the event, and where that has changed in the zone of each side", () => {
    const fields = [changed("start_datetime", "2031-01-05T10:00:00", "2031-01-05T11:00:00")];
    const at = Date.parse("2031-01-05T01:00:00Z");
    expect(fieldWords({ fields, left_out: 0 }, "Asia/Tokyo")[0]).toMatchObject({
      before: formatInstant(at, "Asia/Tokyo"),
      after: formatInstant(at + 3_600_000, "Asia/Tokyo"),
    });
    const moved = [...fields, changed("timezone", "Asia/Tokyo", "UTC")];
    expect(fieldWords({ fields: moved, left_out: 0 }, "UTC")[0]).toMatchObject({
      before: formatInstant(at, "Asia/Tokyo"),
      after: formatInstant(Date.parse("2031-01-05T11:00:00Z"), "UTC"),
    });
  });

  it("say of a date that cannot be read what was stored", () => {
    const [date] = fieldWords({ fields: [changed("end_datetime", "soon", "2031-01-05T10:00:00")], left_out: 0 });
    expect(date).toMatchObject({ before: "soon", after: "2031-01-05T10:00:00" });
  });

  it("have no side where there was nothing", () => {
    const fields = [
      { field: "venue", new: { value: "Hall" } },
      { field: "seats", old: { value: 3 } },
      changed("note", null, ""),
    ];
    expect(fieldWords({ fields, left_out: 0 }).map(({ before, after }) => [before, after])).toEqual([
      [undefined, "Hall"],
      ["3", undefined],
      [undefined, "(empty)"],
    ]);
  });

  it("give away no secret, and say how long a text was that is cut", () => {
    const fields = [
      { field: "api_key", old: { hidden: true as const }, new: { hidden: true as const } },
      { field: "text", new: { cut: '"once upon', bytes: 5000, sha256: "00" } },
    ];
    expect(fieldWords({ fields, left_out: 0 }).map(({ after }) => after)).toEqual([
      "(kept secret)",
      `"once upon … (${(5000).toLocaleString()} bytes in all)`,
    ]);
  });
});
