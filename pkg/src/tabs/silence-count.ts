/** How a silence is counted. */
export interface SilenceCountTiming {
  /** Silent ticks that make a silence. */
  readonly ticks: number;
  /** Between two ticks. */
  readonly tickMs: number;
  /** A tick is late when more than this lies between it and the one before. */
  readonly lateMs: number;
}

/**
 * Counts the ticks for which nothing was heard. A tick that comes late begins the count anew: a tab that was frozen, or
 * whose machine slept, has not listened, so the silence may be its own. Ticks that come close together were held back, and count as one.
 */
export class SilenceCount {
  readonly #timing: SilenceCountTiming;
  readonly #onSilence: () => void;
  #silentTicks = 0;
  #lastTickAt = 0;

  /** `onSilence` is called after each silence, and again after as many ticks more. */
  constructor(timing: SilenceCountTiming, onSilence: () => void) {
    this.#timing = timing;
    this.#onSilence = onSilence;
  }

  /** Whether it has been silent for long enough. */
  get silent(): boolean {
    return this.#silentTicks >= this.#timing.ticks;
  }

  /** Something was heard. */
  reset(): void {
    this.#silentTicks = 0;
  }

  /** A regular tick, at `now` by a clock that nobody sets. */
  tick(now: number): void {
    const { ticks, tickMs, lateMs } = this.#timing;
    const since = now - this.#lastTickAt;
    if (since < tickMs / 2) {
      return;
    }
    this.#lastTickAt = now;
    this.#silentTicks = since > lateMs ? 0 : this.#silentTicks + 1;
    if (this.#silentTicks > 0 && this.#silentTicks % ticks === 0) {
      this.#onSilence();
    }
  }
}
