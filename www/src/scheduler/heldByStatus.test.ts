import { expect, it } from "vitest";
import { isHeldByStatus } from "./heldByStatus";

it.each([
  ["cancelled", {}, true],
  ["cancelled", { event_approval_status: "declined" }, true],
  ["declined", {}, true],
  ["pending_approval", { event_approval_status: "approved" }, true],
  ["declined", { event_approval_status: "pending_approval" }, true],
  ["declined", { approval_required: true }, true],
  ["declined", { event_approval_status: "declined" }, false],
  ["pending_approval", { event_approval_status: "declined" }, false],
  ["pending_approval", { event_approval_status: "pending_approval" }, false],
  ["pending_approval", { approval_required: true }, false],
  ["upcoming", {}, false],
  ["ongoing", { approval_required: true, event_approval_status: "approved" }, false],
  [undefined, {}, false],
  [null, { event_approval_status: 7 }, false],
] as const)("status %s with %o holds the event back by itself: %s", (status, fields, held) => {
  expect(isHeldByStatus({ event_id: "a", status, ...fields })).toBe(held);
});
