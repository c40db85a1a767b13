/** What a comparison with the back end calls for. */
export type Verdict = "same" | "not_comparable" | "repair" | "diverged";

/**
 * Compares the checksum of a back end with the scheduler's own, and decides when a snapshot is worth taking: once. If
 * that does not help, the two sides do not mean the same by it, and taking more snapshots would only cost.
 */
export class DivergenceCheck {
  /** Ids of local changes that the feed has not confirmed: until then a difference is to be expected. */
  readonly #unconfirmed = new Set<string>();
  #repairedInVain = false;
  #repairing = false;
  #count = 0;

  /** How often a difference was found. */
  get count(): number {
    return this.#count;
  }

  localChange(eventId: string): void {
    this.#unconfirmed.add(eventId);
  }

  feedChange(eventId: string): void {
    this.#unconfirmed.delete(eventId);
  }

  /** Everything was replaced by what the back end says. */
  snapshotTaken(): void {
    this.#unconfirmed.clear();
  }

  judge(theirs: string | null, ours: () => string): Verdict {
    if (theirs === null || this.#unconfirmed.size > 0) {
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
}
