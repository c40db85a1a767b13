import { SyncError } from "../errors/errors.js";
import type { Pause } from "./pause.js";
import type { SyncTarget } from "./sync-target.js";

/** Failures that no retry will mend wait as long as many failures in a row do. */
const HOPELESS_FAILURES = 10;

/** What a repeated attempt needs. */
export interface Retrying {
  readonly pause: Pause;
  readonly target: Pick<SyncTarget, "retryDelayMs">;
  /** Counts a failure, and answers how many there were in a row. */
  readonly failed: (thrown: unknown) => number;
}

/** Tries until it works or `signal` ends it, with growing pauses that the core decides, and longer ones where the back end asks for them. */
export async function retrying(
  { pause, target, failed }: Retrying,
  signal: AbortSignal,
  attempt: () => Promise<void>,
): Promise<void> {
  let expirations = 0;
  while (!signal.aborted) {
    try {
      await attempt();
      return;
    } catch (thrown) {
      if (signal.aborted) {
        return;
      }
      // An expired cursor is no failure: the next attempt takes a snapshot. But it is one when that does not help.
      expirations = isExpired(thrown) ? expirations + 1 : 0;
      if (expirations === 1) {
        continue;
      }
      const failures = Math.max(failed(thrown), expirations);
      if (thrown instanceof SyncError && thrown.retryAfterMs !== null) {
        await pause.wait(thrown.retryAfterMs, signal, true);
      }
      const hopeless = thrown instanceof SyncError && !thrown.retryable;
      await pause.wait(target.retryDelayMs(hopeless ? HOPELESS_FAILURES : failures), signal);
    }
  }
}

/** The back end no longer knows the place in its feed. */
export function isExpired(thrown: unknown): boolean {
  return thrown instanceof SyncError && thrown.code === "CURSOR_EXPIRED";
}
