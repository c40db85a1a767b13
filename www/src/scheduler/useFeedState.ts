import { useSchedulerHealth } from "client-event-scheduler/react";
import { useEventIndex } from "./hooks";

interface FeedState {
  /** The first events are still on their way. */
  readonly loading: boolean;
  /** Why the feed cannot be followed just now; what was known stays on the screen. */
  readonly problem: string | undefined;
}

export function useFeedState(): FeedState {
  const { sync } = useSchedulerHealth();
  const { rows } = useEventIndex();
  return { loading: rows.length === 0 && sync.lastSyncAt === null, problem: sync.lastError ?? undefined };
}
