import { expect, it } from "vitest";
import { declineReason, REASON_CHARS, reasonProblem } from "./declineReason";

it("a reason is counted in characters, without the space around it", () => {
  expect(reasonProblem(` ${"😀".repeat(REASON_CHARS)}\n`)).toBeUndefined();
  expect(reasonProblem("😀".repeat(REASON_CHARS + 1))).toBe("1,001 characters: shorten it to 1,000.");
});

it("a reason is told of a declined event only", () => {
  const reason = { event_id: "a", decline_reason: " No room. " };
  expect(declineReason({ ...reason, event_approval_status: "declined" })).toBe("No room.");
  expect(declineReason({ ...reason, status: "declined" })).toBe("No room.");
  expect(declineReason({ ...reason, event_approval_status: "approved", status: "upcoming" })).toBeUndefined();
  expect(declineReason({ event_id: "a", status: "declined", decline_reason: 7 })).toBeUndefined();
});
