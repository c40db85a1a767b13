import type { Pause } from "./pause.js";
import type { SyncTarget } from "./sync-target.js";

/** How often it is looked at anew when the back end is to be asked: events may have been changed. */
const LOOK_AGAIN_MS = 60_000;

/** The wait until a back end without a stream is asked again. */
export class PollWait {
  readonly #pause: Pause;
  readonly #target: SyncTarget;
  /** When that is, as of the last look. */
  #at = Number.POSITIVE_INFINITY;

  constructor(pause: Pause, target: SyncTarget) {
    this.#pause = pause;
    this.#target = target;
  }

  /**
   * Resolves to true when it is time, for a back end that was heard of at `last` (epoch milliseconds); to false when
   * `signal` ends the wait, or it is `until` (by `performance.now()`).
   */
  async over(last: number, until: number, signal: AbortSignal): Promise<boolean> {
    try {
      for (;;) {
        const left = until - performance.now();
        if (signal.aborted || left <= 0) {
          return false;
        }
        this.#at = await this.#target.nextPoll(last);
        const wait = this.#at - this.#target.now();
        if (wait <= 0) {
          return true;
        }
        await this.#pause.wait(Math.min(wait, left, LOOK_AGAIN_MS), signal);
      }
    } finally {
      this.#at = Number.POSITIVE_INFINITY;
    }
  }

  /** Time has passed. */
  tick(): void {
    if (this.#target.now() >= this.#at) {
      this.#pause.cutShort();
    }
  }
}
