import type { Leadership } from "../../src/sync/leadership.js";

/** Locks as a browser has them, shared by the tabs of a test: the first that asks has it until it lets go. */
export class TestLocks {
  #last: Promise<void> = Promise.resolve();

  readonly leadership: Leadership = {
    lead: async (signal, lead) => {
      const before = this.#last;
      let letGo: () => void = () => undefined;
      this.#last = new Promise((resolve) => {
        letGo = resolve;
      });
      await Promise.race([before, new Promise((resolve) => signal.addEventListener("abort", resolve))]);
      if (signal.aborted) {
        void before.then(letGo);
        return;
      }
      await lead().finally(letGo);
    },
  };
}
