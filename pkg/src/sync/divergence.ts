/** What a comparison with the back end calls for. */
export type Verdict = "same" | "not_comparable" | "ask" | "repair" | "diverged";

/** How long the back end, once it was heard of again, may take to confirm a local change: then it has refused it. */
const CONFIRMATION_MS = 60_000;

/** How long after a snapshot another one is worth taking; twice as long after each that has not helped. */
const FIRST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Compares the checksum of a back end with the scheduler's own, and decides when a snapshot is worth taking: at once, and
 * then ever more seldom. Where it never helps the two sides do not mean the same by it, and snapshots only cost; where it
 * did not help once, something may have been changed meanwhile.
 */
export class DivergenceCheck {
  /**
   * Ids of local changes that the feed has not confirmed: until then a difference is to be expected. With each, when the back
   * end was first compared with since.
   */
  readonly #unconfirmed = new Map<string, number | null>();
  #notBefore = Number.NEGATIVE_INFINITY;
  #waitMs = FIRST_WAIT_MS;
  #count = 0;

  /** How often a difference was found. */
  get count(): number {
    return this.#count;
  }

  localChange(eventId: string): void {
    this.#unconfirmed.set(eventId, null);
  }

  feedChange(eventId: string): void {
    this.#unconfirmed.delete(eventId);
  }

  /** Everything was replaced by what the back end says. */
  snapshotTaken(): void {
    this.#unconfirmed.clear();
  }

  /**
   * `at` by a clock that nobody sets, in milliseconds. What another tab has `relayed` may be older than what this one has read
   * itself, and then differs: whether the two sides do is for the back end to say.
   */
  judge(theirs: string | null, at: number, ours: () => string, relayed: boolean): Verdict {
    if (theirs === null || this.#awaitsConfirmation(at)) {
      return "not_comparable";
    }
    if (theirs === ours()) {
      this.#notBefore = Number.NEGATIVE_INFINITY;
      this.#waitMs = FIRST_WAIT_MS;
      return "same";
    }
    if (at < this.#notBefore) {
      this.#count += 1;
      return "diverged";
    }
    if (relayed) {
      return "ask";
    }
    this.#count += 1;
    this.#notBefore = at + this.#waitMs;
    this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_WAIT_MS);
    return "repair";
  }

  #awaitsConfirmation(at: number): boolean {
    for (const [eventId, since] of this.#unconfirmed) {
      if (since === null) {
        this.#unconfirmed.set(eventId, at);
      } else if (at - since > CONFIRMATION_MS) {
        this.#unconfirmed.delete(eventId);
      }
    }
    return this.#unconfirmed.size > 0;
  }
}
