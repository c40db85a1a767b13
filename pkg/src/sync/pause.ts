/** A wait that can be cut short from outside, for example because the network has come back. */
export class Pause {
  #end: (() => void) | undefined;

  /** Resolves after `ms` milliseconds, when {@link Pause.cutShort} is called, or when `signal` is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.#end = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#end = end;
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
