import {
  type LeaseRecord,
  NO_LEASE,
  type OpenStorage,
  type SchedulerStorage,
  type StorageBatch,
  type StoredCursor,
  type StoredScheduler,
} from "./storage.js";

/**
 * Storage that lasts as long as the object: for tests, and for schedulers that share one in one process as tabs share
 * a database.
 */
export function memoryStorage(): SchedulerStorage {
  const stores = new Map<string, MemoryStore>();
  return {
    kind: "memory",
    async open(name) {
      const store = stores.get(name) ?? new MemoryStore();
      stores.set(name, store);
      return store;
    },
  };
}

class MemoryStore implements OpenStorage {
  #state: Uint8Array | null = null;
  #events: readonly Uint8Array[] = [];
  #journal = new Map<string, { readonly json: string | null; readonly position: number }>();
  #cursor: StoredCursor | null = null;
  #lease = NO_LEASE;
  #position = 0;

  async read(): Promise<StoredScheduler> {
    const journal = new Map([...this.#journal].map(([eventId, { json }]) => [eventId, json]));
    return { state: this.#state, events: this.#events, journal, cursor: this.#cursor };
  }

  async readState(): Promise<Uint8Array | null> {
    return this.#state;
  }

  async write({ epoch, state, events, journal, cursor }: StorageBatch): Promise<boolean> {
    if (epoch !== undefined && epoch !== this.#lease.epoch) {
      return false;
    }
    this.#state = state ?? this.#state;
    if (events !== undefined) {
      this.#events = events.parts;
      for (const [eventId, { position }] of this.#journal) {
        if (position <= events.journalUntil) {
          this.#journal.delete(eventId);
        }
      }
    }
    for (const [eventId, json] of journal ?? []) {
      this.#position += 1;
      this.#journal.set(eventId, { json, position: this.#position });
    }
    this.#cursor = cursor === undefined ? this.#cursor : cursor;
    return true;
  }

  async journalPosition(): Promise<number> {
    return this.#position;
  }

  async readLease(): Promise<LeaseRecord> {
    return this.#lease;
  }

  async changeLease(epoch: number, to: LeaseRecord): Promise<boolean> {
    const current = this.#lease.epoch === epoch;
    this.#lease = current ? to : this.#lease;
    return current;
  }

  async clear(): Promise<void> {
    this.#state = null;
    this.#events = [];
    this.#journal.clear();
    this.#cursor = null;
  }

  close(): void {
    // What it holds is for the next one who opens it.
  }
}
