import type { Clock } from "../ports/clock.js";
import { type Duration, durationMs, type Instant, instantMs } from "./instants.js";

/** Where a {@link TestClock} stands that was not told: the same for every test, on every machine. */
export const DEFAULT_NOW = "2026-01-01T00:00:00.000Z";

/** A clock that stands still until a test moves it. A scheduler that goes by it arms no timers. */
export class TestClock implements Clock {
  readonly manual = true;
  #now: number;

  constructor(now: Instant = DEFAULT_NOW) {
    this.#now = instantMs(now);
  }

  now(): number {
    return this.#now;
  }

  /** Steps to an instant, an earlier one too. The scheduler notices at its next tick. */
  set(instant: Instant): void {
    this.#now = instantMs(instant);
  }

  /** Steps forward. The scheduler notices at its next tick. */
  advance(by: Duration): void {
    this.#now += durationMs(by);
  }
}
