import { yieldToLoop } from "./yield.js";

/** After this many milliseconds of work the event loop gets its turn. */
const STEP_MS = 4;

const nowMs = (): number => performance.now();

/** Measures work that is done in slices, and says when it is time to let the event loop run. */
export class Pace {
  #startedAt = nowMs();

  /** Whether the current step has lasted long enough. */
  get due(): boolean {
    return nowMs() - this.#startedAt >= STEP_MS;
  }

  /** Resolves after a turn of the event loop, with a new step begun. */
  async breathe(): Promise<void> {
    await yieldToLoop();
    this.#startedAt = nowMs();
  }

  /** Waits for something. Where that took its time, the event loop has run meanwhile, and a new step begins. */
  async wait<T>(awaited: Promise<T>): Promise<T> {
    const askedAt = nowMs();
    const answer = await awaited;
    const answeredAt = nowMs();
    if (answeredAt - askedAt >= STEP_MS) {
      this.#startedAt = answeredAt;
    }
    return answer;
  }
}
