import { expect, it } from "vitest";
import type { EventRow } from "../scheduler/eventIndex";
import { pendingOf } from "./usePending";

const row = (event_id: string, status: string, start?: string): EventRow => ({
  event: { event_id, status, sub_status: status, timezone: "UTC", start_datetime: start } as EventRow["event"],
  nextTrigger: undefined,
});

it("what starts first is decided first; what has no start comes last", () => {
  const rows = [
    row("undated", "pending_approval"),
    row("later", "pending_approval", "2030-02-01T10:00"),
    row("decided", "upcoming", "2029-01-01T10:00"),
    row("sooner", "pending_approval", "2030-01-01T10:00"),
  ];
  expect(pendingOf(rows).map(({ event }) => event.event_id)).toEqual(["sooner", "later", "undated"]);
});
