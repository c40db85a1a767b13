import { useEventIndex, usePageHealth } from "./hooks";

interface FeedState {
  /** The first events are still on their way. */
  readonly loading: boolean;
  /** Why the feed cannot be followed just now; what was known stays on the screen. */
  readonly problem: string | undefined;
}

export function useFeedState(): FeedState {
  const { sync } = usePageHealth();
  const { rows } = useEventIndex();
  const away = sync.state === "retrying";
  return {
    loading: rows.length === 0 && sync.cursor === null && !away,
    problem: away ? (sync.lastError?.message ?? "The server cannot be reached.") : undefined,
  };
}
