import { SilenceCount } from "../tabs/silence-count.js";

/** How long silence may last before somebody is taken for gone. */
export interface SilenceTiming {
  /** Milliseconds of silence. Heartbeats come every 10 s, so that two may be lost. */
  readonly silenceMs: number;
  /** Milliseconds between the ticks in which silence is counted. */
  readonly tickMs: number;
}

export const SILENCE_TIMING: SilenceTiming = { silenceMs: 25_000, tickMs: 5_000 };

/** Notices that nothing was heard for a while, by ticks of its own. */
export class SilenceWatch {
  readonly #count: SilenceCount;
  readonly #tickMs: number;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor({ silenceMs, tickMs }: SilenceTiming, onSilence: () => void) {
    this.#tickMs = tickMs;
    this.#count = new SilenceCount({ ticks: Math.ceil(silenceMs / tickMs), tickMs, lateMs: 2 * tickMs }, onSilence);
  }

  start(): void {
    this.stop();
    this.#count.tick(performance.now());
    this.#count.reset();
    this.#timer = setInterval(() => this.#count.tick(performance.now()), this.#tickMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#count.reset();
  }

  /** Something was heard. */
  touch(): void {
    this.#count.reset();
  }
}
