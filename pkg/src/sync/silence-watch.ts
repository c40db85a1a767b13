/** How long silence may last before somebody is taken for gone. */
export interface SilenceTiming {
  /** Milliseconds of silence. Heartbeats come every 10 s, so that two may be lost. */
  readonly silenceMs: number;
  /** Milliseconds between the ticks in which silence is counted. */
  readonly tickMs: number;
}

export const SILENCE_TIMING: SilenceTiming = { silenceMs: 25_000, tickMs: 5_000 };

/**
 * Notices that nothing was heard for a while. Silence is counted in ticks of its own, and a tick that comes late sets the
 * count back: a page that was frozen or slept has not listened, so the silence may be its own.
 */
export class SilenceWatch {
  readonly #timing: SilenceTiming;
  readonly #onSilence: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #silentTicks = 0;
  #lastTickAt = 0;

  constructor(timing: SilenceTiming, onSilence: () => void) {
    this.#timing = timing;
    this.#onSilence = onSilence;
  }

  start(): void {
    this.stop();
    this.#lastTickAt = performance.now();
    this.#timer = setInterval(() => this.#tick(), this.#timing.tickMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#silentTicks = 0;
  }

  /** Something was heard. */
  touch(): void {
    this.#silentTicks = 0;
  }

  #tick(): void {
    const now = performance.now();
    const late = now - this.#lastTickAt > 2 * this.#timing.tickMs;
    this.#lastTickAt = now;
    this.#silentTicks = late ? 0 : this.#silentTicks + 1;
    if (this.#silentTicks * this.#timing.tickMs >= this.#timing.silenceMs) {
      this.#silentTicks = 0;
      this.#onSilence();
    }
  }
}
