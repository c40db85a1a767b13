import { InvalidInputError } from "client-event-scheduler/slim";
import { expect, it } from "vitest";
import { ApiError } from "../../api/problem";
import { labelledProblem, toFormProblems } from "./problems";

const order = {
  field: "end_datetime",
  code: "DATE_ORDER",
  message: "2026-01-01T00:00:00.000Z comes before start_datetime 2026-01-02T00:00:00.000Z: move it to then or later",
} as const;

it("tells of dates out of order by the labels of the form", () => {
  const problems = toFormProblems(new InvalidInputError([order]));
  expect([...problems.fields]).toEqual([["end_datetime", "Comes before “Event starts”: move it to then or later."]]);
  expect(labelledProblem(order)).toBe("Event ends: Comes before “Event starts”: move it to then or later.");
});

it("puts the server's problems at their fields and the rest on top", () => {
  const error = new ApiError("the event is invalid", 422, "INVALID_INPUT", [
    {
      field: "timezone",
      code: "TIME_ZONE_UNKNOWN",
      message: "PST is not an IANA time zone: did you mean America/Los_Angeles?",
    },
    { field: "event_id", code: "ID_TOO_LONG", message: "use at most 128 characters" },
  ]);
  const { fields, general, stale } = toFormProblems(error);
  expect([...fields]).toEqual([["timezone", "PST is not an IANA time zone: did you mean America/Los_Angeles?"]]);
  expect(general).toEqual(["event_id: use at most 128 characters"]);
  expect(stale).toBe(false);
});

it("knows a stale revision and an unreachable server", () => {
  expect(toFormProblems(new ApiError("somebody else was quicker", 409, "STALE_REVISION")).stale).toBe(true);
  expect(toFormProblems(new ApiError("The server cannot be reached.", 0, "UNREACHABLE")).general).toEqual([
    "The server cannot be reached.",
  ]);
});
