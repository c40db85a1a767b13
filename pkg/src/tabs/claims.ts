import type { TriggerDelivery } from "../types/triggers.js";

/** What claims need. */
export interface ClaimParts {
  /** Writes that everything handed out is in flight; answers whether this tab may run it. */
  readonly claim: () => Promise<boolean>;
  /** Runs the handlers of a delivery. */
  readonly run: (delivery: TriggerDelivery) => void;
}

/**
 * A claim holds for so long, in milliseconds. A tab that hangs for longer — in one of several handlers, or before the
 * first — may have been relieved meanwhile, and has to ask again. Much shorter than the silence that this takes.
 */
const CLAIM_MS = 5000;
/** After so many claims that took that long themselves, it is the storage that is slow, and not this tab. */
const MOST_SLOW = 3;

/**
 * Deliveries between the core, which has handed them out, and their handlers, which run when it is written that they do.
 * What comes while a claim is being written shares the next one.
 */
export class Claims {
  readonly #parts: ClaimParts;
  #waiting: TriggerDelivery[] = [];
  #claiming = false;
  /** Counts the calls of {@link drop}: what was taken out before one is not run after it. */
  #drops = 0;

  constructor(parts: ClaimParts) {
    this.#parts = parts;
  }

  put(deliveries: readonly TriggerDelivery[]): void {
    this.#waiting.push(...deliveries);
    if (!this.#claiming) {
      this.#claiming = true;
      void this.#claimAll();
    }
  }

  /** Another tab acts: the core hands out again what was not run. */
  drop(): void {
    this.#waiting = [];
    this.#drops += 1;
  }

  async #claimAll(): Promise<void> {
    let slow = 0;
    while (this.#waiting.length > 0) {
      const deliveries = this.#waiting;
      this.#waiting = [];
      const since = performance.now();
      const drops = this.#drops;
      if ((await this.#parts.claim()) && drops === this.#drops) {
        const until = slow < MOST_SLOW ? since + CLAIM_MS : Number.POSITIVE_INFINITY;
        slow = this.#run(deliveries, until) === 0 ? slow + 1 : 0;
      }
    }
    this.#claiming = false;
  }

  /** Runs what can be run until then, and leaves the rest to another claim. Answers how many it has run. */
  #run(deliveries: readonly TriggerDelivery[], until: number): number {
    for (const [index, delivery] of deliveries.entries()) {
      if (performance.now() > until) {
        this.#waiting.unshift(...deliveries.slice(index));
        return index;
      }
      this.#parts.run(delivery);
    }
    return deliveries.length;
  }
}
