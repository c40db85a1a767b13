import { NO_LEASE, type OpenStorage, type StorageBatch } from "../ports/storage.js";

/**
 * What a tab has in the place of a storage where it has none, or where that has failed: the state that the tab that acts
 * has told of last. Epochs are not checked, so that the lock alone keeps other tabs from acting.
 */
export class StateRelay implements OpenStorage {
  #state: Uint8Array | null = null;

  /** The tab that acts has written its state, and may have told of it. */
  hear(state: Uint8Array | undefined): void {
    this.#state = state ?? this.#state;
  }

  async read() {
    return { state: this.#state, events: [], journal: new Map<string, string | null>(), cursor: null };
  }

  async readState(): Promise<Uint8Array | null> {
    return this.#state;
  }

  async write({ state }: StorageBatch): Promise<boolean> {
    this.#state = state ?? this.#state;
    return true;
  }

  async journalPosition(): Promise<number> {
    return 0;
  }

  async readLease() {
    return NO_LEASE;
  }

  async changeLease(): Promise<boolean> {
    return true;
  }

  async clear(): Promise<void> {
    this.#state = null;
  }

  close(): void {
    this.#state = null;
  }
}

/** After a sign of a tab that cannot read the state, how many ticks it is told of. Such a tab answers every beat. */
const TOLD_TICKS = 15;

/** Who needs to be told of the state because it cannot be read. */
export class StateNews {
  /** Instead of a storage, where this tab has none. */
  relay: StateRelay | null = null;
  #toldUntil = 0;

  /** Another tab cannot read it; answers whether this is the first time in a while. */
  blindTab(ticks: number): boolean {
    const first = ticks >= this.#toldUntil;
    this.#toldUntil = ticks + TOLD_TICKS;
    return first;
  }

  /** Whether the state goes with the message that it was written. */
  isTold(ticks: number): boolean {
    return this.relay !== null || ticks < this.#toldUntil;
  }
}
