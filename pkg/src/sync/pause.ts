/** Beyond this, timers fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** A wait that can be cut short from outside, for example because the network has come back. */
export class Pause {
  #end: (() => void) | undefined;

  /**
   * Resolves after `ms` milliseconds, when `signal` is aborted, or, unless it is `firm`, when {@link Pause.cutShort} is
   * called.
   */
  wait(ms: number, signal: AbortSignal, firm = false): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.#end = undefined;
        resolve();
      };
      const timer = setTimeout(end, Math.min(ms, LONGEST_MS));
      this.#end = firm ? undefined : end;
      if (signal.aborted) {
        end();
      } else {
        signal.addEventListener("abort", end);
      }
    });
  }

  cutShort(): void {
    this.#end?.();
  }
}
