/** Waits for this tab to act, on behalf of what only the tab that acts does. */
export class WhenActing {
  #waiting: (() => void)[] = [];

  /** Calls `lead` once this tab acts, unless `signal` aborts before. */
  async lead(acting: () => boolean, signal: AbortSignal, lead: () => Promise<void>): Promise<void> {
    while (!signal.aborted && !acting()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    if (!signal.aborted) {
      await lead();
    }
  }

  /** This tab has begun to act. */
  acts(): void {
    for (const resolve of this.#waiting.splice(0)) {
      resolve();
    }
  }
}
