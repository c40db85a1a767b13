/**
 * Counts the ticks for which nothing was heard. A tick that comes late begins the count anew: a tab that was frozen, or
 * whose machine slept, has not listened, so the silence may be its own.
 */
export class SilenceCount {
  readonly #most: number;
  readonly #lateMs: number;
  readonly #onSilence: () => void;
  #silentTicks = 0;
  #lastTickAt = 0;

  /** `onSilence` is called after `most` silent ticks, and again after as many; a gap of more than `lateMs` makes a tick late. */
  constructor(most: number, lateMs: number, onSilence: () => void) {
    this.#most = most;
    this.#lateMs = lateMs;
    this.#onSilence = onSilence;
  }

  /** Whether it has been silent for long enough. */
  get silent(): boolean {
    return this.#silentTicks >= this.#most;
  }

  /** Something was heard. */
  reset(): void {
    this.#silentTicks = 0;
  }

  /** A regular tick, at `now` by a clock that nobody sets. */
  tick(now: number): void {
    const late = now - this.#lastTickAt > this.#lateMs;
    this.#lastTickAt = now;
    this.#silentTicks = late ? 0 : this.#silentTicks + 1;
    if (this.#silentTicks > 0 && this.#silentTicks % this.#most === 0) {
      this.#onSilence();
    }
  }
}
