/** What a comparison with the back end calls for. */
export type Verdict = "same" | "not_comparable" | "repair" | "diverged";

/** How long the back end, once it was heard of again, may take to confirm a local change: then it has refused it. */
const CONFIRMATION_MS = 60_000;

/**
 * Compares the checksum of a back end with the scheduler's own, and decides when a snapshot is worth taking: once. If
 * that does not help, the two sides do not mean the same by it, and taking more snapshots would only cost.
 */
export class DivergenceCheck {
  /**
   * Ids of local changes that the feed has not confirmed: until then a difference is to be expected. With each, when the back
   * end was first compared with since.
   */
  readonly #unconfirmed = new Map<string, number | null>();
  #repairedInVain = false;
  #repairing = false;
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

  /** `at` by a clock that nobody sets, in milliseconds. */
  judge(theirs: string | null, at: number, ours: () => string): Verdict {
    if (theirs === null || this.#awaitsConfirmation(at)) {
      return "not_comparable";
    }
    if (theirs === ours()) {
      this.#repairing = false;
      this.#repairedInVain = false;
      return "same";
    }
    this.#count += 1;
    if (this.#repairing) {
      this.#repairing = false;
      this.#repairedInVain = true;
    }
    if (this.#repairedInVain) {
      return "diverged";
    }
    this.#repairing = true;
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
