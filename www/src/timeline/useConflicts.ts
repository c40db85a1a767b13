import { useDebouncedValue } from "@mantine/hooks";
import type { Conflict } from "client-event-scheduler/slim";
import { useEffect, useState } from "react";
import { useEventIndex, usePageScheduler } from "../scheduler/hooks";

/** So many pairs are marked; the number tells of all. */
const MARKED = 2_000;
const SETTLE_MS = 400;

export interface VenueConflicts {
  /** Not known at first. */
  readonly total: number | undefined;
  readonly byEvent: ReadonlyMap<string, readonly Conflict[]>;
}

const UNKNOWN: VenueConflicts = { total: undefined, byEvent: new Map() };

/** Which events are in each other's way at their venues, as the scheduler finds it; asked anew when an event has changed. */
export function useConflicts(): VenueConflicts {
  const scheduler = usePageScheduler();
  const [rows] = useDebouncedValue(useEventIndex().rows, SETTLE_MS);
  const [found, setFound] = useState(UNKNOWN);
  useEffect(() => {
    let wanted = rows.length > 0;
    if (wanted) {
      void scheduler.detectConflicts({ limit: MARKED }).then(({ total, pairs }) => {
        if (wanted) setFound({ total, byEvent: byEvent(pairs) });
      });
    }
    return () => {
      wanted = false;
    };
  }, [scheduler, rows]);
  return found;
}

/** The conflicts of each event that has any. */
export function byEvent(pairs: readonly Conflict[]): ReadonlyMap<string, readonly Conflict[]> {
  const found = new Map<string, Conflict[]>();
  for (const pair of pairs) {
    for (const id of [pair.first, pair.second]) {
      const known = found.get(id);
      if (known) known.push(pair);
      else found.set(id, [pair]);
    }
  }
  return found;
}
