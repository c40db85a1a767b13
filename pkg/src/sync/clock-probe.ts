const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 3_600_000;

/** Has the back end asked once more where its clock is to be known better: ever more seldom where that does not help. */
export class ClockProbe {
  readonly #wanted: () => boolean;
  readonly #ask: (signal: AbortSignal) => Promise<unknown>;
  #asking = false;
  #waitMs = FIRST_WAIT_MS;
  #notBefore = 0;

  constructor(wanted: () => boolean, ask: (signal: AbortSignal) => Promise<unknown>) {
    this.#wanted = wanted;
    this.#ask = ask;
  }

  /** To be called now and then, while the back end can be reached. */
  look(signal: AbortSignal): void {
    if (this.#asking) {
      return;
    }
    if (!this.#wanted()) {
      this.#waitMs = FIRST_WAIT_MS;
      return;
    }
    if (performance.now() < this.#notBefore) {
      return;
    }
    this.#asking = true;
    this.#notBefore = performance.now() + this.#waitMs;
    this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_WAIT_MS);
    // A failure is no news: the next request that matters tells of it.
    this.#ask(signal)
      .catch(() => undefined)
      .finally(() => {
        this.#asking = false;
      });
  }
}
