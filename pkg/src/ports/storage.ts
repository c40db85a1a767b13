/** Who acts for the profile: the fencing record that every claim is checked against. */
export interface LeaseRecord {
  /** Grows with every change of hands. */
  readonly epoch: number;
  /** The tab that acts; `null` when it has let go. */
  readonly holder: string | null;
  /** Counts the signs of life of a holder that has no lock of the browser to show it by. */
  readonly beat: number;
}

/** What was kept of a scheduler. */
export interface StoredScheduler {
  /** What has fired and what became of it, as the core writes it; `null` where nothing was kept. */
  readonly state: Uint8Array | null;
  /** The events, as parts of the inside of a JSON array. */
  readonly events: readonly Uint8Array[];
  /** Changes since those parts were written: an event's JSON, or `null` for one that was removed. */
  readonly journal: ReadonlyMap<string, string | null>;
  /** Where the feed of {@link StoredCursor.key} goes on. */
  readonly cursor: StoredCursor | null;
}

/** A position in the feed of one back end. */
export interface StoredCursor {
  /** The `key` of the transport. */
  readonly key: string;
  readonly cursor: string;
}

/** What is written at a time: all of it, or nothing. */
export interface StorageBatch {
  /** `strict` waits until the disk has it; `relaxed` survives a crash of the browser, not one of the machine. */
  readonly durability: "strict" | "relaxed";
  /** Write only while the lease has this epoch. */
  readonly epoch?: number | undefined;
  readonly state?: Uint8Array | undefined;
  /** Takes the place of all events, and of the journal up to and including `journalUntil`. */
  readonly events?: { readonly parts: readonly Uint8Array[]; readonly journalUntil: number } | undefined;
  /** Added to the journal. */
  readonly journal?: ReadonlyMap<string, string | null> | undefined;
  readonly cursor?: StoredCursor | null | undefined;
}

/** A store that is open. Failures are thrown as `StoreError`. */
export interface OpenStorage {
  read(): Promise<StoredScheduler>;
  /** The state alone. */
  readState(): Promise<Uint8Array | null>;
  /** Writes in one transaction; answers false, and has written nothing, where the lease has another epoch. */
  write(batch: StorageBatch): Promise<boolean>;
  /** Position of the newest entry of the journal; positions only grow. */
  journalPosition(): Promise<number>;
  readLease(): Promise<LeaseRecord>;
  /** Changes the lease in one transaction, if its epoch is still `epoch`; answers whether it was. */
  changeLease(epoch: number, to: LeaseRecord): Promise<boolean>;
  /** Forgets everything but the lease: what cannot be read is set aside. */
  clear(): Promise<void>;
  /** The page is about to be frozen: ends what is under way, so that no other tab waits for it, and does it after `resume`. */
  suspend?(): void;
  resume?(): void;
  close(): void;
}

/** Where a scheduler keeps what must survive a reload. */
export interface SchedulerStorage {
  /** Names the kind of storage in `health()`. */
  readonly kind: string;
  /** Opens what the tabs of one application share under `name`. `onClosed` is called when it was closed from outside. */
  open(name: string, onClosed: (why: string) => void): Promise<OpenStorage>;
}

/** Before anybody has acted. */
export const NO_LEASE: LeaseRecord = Object.freeze({ epoch: 0, holder: null, beat: 0 });
