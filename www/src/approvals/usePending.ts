import { useMemo } from "react";
import { startOf } from "../events/listQuery";
import { eventName } from "../scheduler/eventFields";
import type { EventRow } from "../scheduler/eventIndex";
import { useEventIndex } from "../scheduler/hooks";

/** The events that wait for a decision: what starts first has least time left. */
export function usePending(): readonly EventRow[] {
  const { rows } = useEventIndex();
  return useMemo(() => pendingOf(rows), [rows]);
}

/** Sorts what waits by its start; what has none comes last, and equal ones stand by name. */
export function pendingOf(rows: readonly EventRow[]): readonly EventRow[] {
  const pending = rows.filter(({ event }) => event.status === "pending_approval");
  const startKey = (row: EventRow) => startOf(row) ?? Number.POSITIVE_INFINITY;
  return pending.sort((a, b) => {
    const [first, second] = [startKey(a), startKey(b)];
    return first === second ? eventName(a.event).localeCompare(eventName(b.event)) : first - second;
  });
}

/** How many events wait for a decision. */
export function usePendingCount(): number {
  const { rows } = useEventIndex();
  return useMemo(() => rows.filter(({ event }) => event.status === "pending_approval").length, [rows]);
}
