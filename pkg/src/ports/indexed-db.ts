import { StoreError } from "../errors/errors.js";
import { abort, answer, asStoreError, outcome, settled, type Work } from "./indexed-db-transaction.js";
import {
  type LeaseRecord,
  NO_LEASE,
  type OpenStorage,
  type SchedulerStorage,
  type StorageBatch,
  type StoredScheduler,
} from "./storage.js";

/** Version of the database's form. `upgrade` brings every older one to it. */
const VERSION = 2;
const NAME_PREFIX = "client-event-scheduler/";
/**
 * `lease` and `state`. Apart from the rest, so that a claim never waits for a large write of events.
 *
 * What is done to it alone is asked for at once and needs no answer to come to its end (`commit`): a page that hangs, or
 * is frozen, in the middle of a transaction would keep all other tabs waiting.
 */
const ACTING = "acting";
/**
 * Under each epoch that is over: itself; and under `writer` the epoch of the last write. No two may be of the same epoch, so
 * that a write of an epoch that is over fails, and the whole transaction with it, without the page having to look.
 *
 * It must be what the transaction asks for last: Firefox commits, when it was told to, in spite of any other request that has failed.
 */
const FENCE = "fence";
const WRITER = "writer";
/** So many epochs that are over are kept: that many changes of hands nobody sleeps through who still believes to act. */
const MOST_OVER = 1000;
/** The parts of the events, numbered. */
const EVENTS = "events";
/** By event id: what has changed since the parts were written. */
const JOURNAL = "journal";
/** `cursor`, and `position` of the newest entry of the journal. */
const FEED = "feed";

interface JournalEntry {
  readonly json: string | null;
  readonly position: number;
}

/** The browser's database: the default wherever there is one. */
export function indexedDbStorage(): SchedulerStorage {
  return {
    kind: "indexeddb",
    async open(name, onClosed) {
      const store = new Database(NAME_PREFIX + name, onClosed);
      await store.connect();
      return store;
    },
  };
}

class Database implements OpenStorage {
  readonly #name: string;
  readonly #onClosed: (why: string) => void;
  #connecting: Promise<IDBDatabase> | null = null;
  #closed = false;
  readonly #underWay = new Set<IDBTransaction>();
  /** Ended by {@link suspend}, and to be done again. */
  readonly #interrupted = new WeakSet<IDBTransaction>();
  /** Ends when the page, which is frozen, runs again. */
  #frozen: Promise<void> | null = null;
  #thaw: () => void = () => undefined;

  constructor(name: string, onClosed: (why: string) => void) {
    this.#name = name;
    this.#onClosed = onClosed;
  }

  /** The open connection; where there is none, or the browser has closed it, a new one. */
  connect(): Promise<IDBDatabase> {
    this.#connecting ??= this.#open().catch((thrown: unknown) => {
      this.#connecting = null;
      throw thrown;
    });
    return this.#connecting;
  }

  async #open(): Promise<IDBDatabase> {
    const connection = await openOrSetAside(this.#name);
    if (this.#closed) {
      connection.close();
      throw new StoreError("closed", "the storage was closed while it was being opened");
    }
    connection.onversionchange = () => {
      this.close();
      this.#onClosed("another tab runs a newer version of the application: reload this one");
    };
    // Closed by the browser, as when the user has deleted the site's data.
    connection.onclose = () => {
      this.#connecting = null;
    };
    return connection;
  }

  read(): Promise<StoredScheduler> {
    return this.#transact([ACTING, EVENTS, JOURNAL, FEED], "readonly", "relaxed", async (store, commit) => {
      const asked = Promise.all([
        answer<Uint8Array | undefined>(store(ACTING).get("state")),
        answer<Uint8Array[]>(store(EVENTS).getAll()),
        answer<IDBValidKey[]>(store(JOURNAL).getAllKeys()),
        answer<JournalEntry[]>(store(JOURNAL).getAll()),
        answer(store(FEED).get("cursor")),
      ]);
      commit();
      const [state, events, ids, entries, cursor] = await asked;
      const journal = new Map(ids.map((id, i) => [String(id), (entries[i] as JournalEntry).json]));
      return { state: state ?? null, events, journal, cursor: cursor ?? null };
    });
  }

  readState(): Promise<Uint8Array | null> {
    return this.#transact([ACTING], "readonly", "relaxed", async (store, commit) => {
      const state = answer<Uint8Array | undefined>(store(ACTING).get("state"));
      commit();
      return (await state) ?? null;
    });
  }

  write(batch: StorageBatch): Promise<boolean> {
    const { durability, epoch, state, events, journal, cursor } = batch;
    const ofActing = epoch !== undefined || state !== undefined ? [ACTING, FENCE] : [];
    const ofEvents = events !== undefined || journal !== undefined || cursor !== undefined;
    const scope = ofEvents ? [...ofActing, EVENTS, JOURNAL, FEED] : ofActing;
    return this.#fenced(scope, durability, async (store, commit) => {
      if (state !== undefined) {
        store(ACTING).put(state, "state");
      }
      const current = epoch === undefined ? true : isCurrent(store, epoch, leaseIn(store(ACTING)), false);
      if (!ofEvents) {
        commit();
      }
      if (!(await current)) {
        return false;
      }
      if (events !== undefined) {
        await replaceEvents(store, events.parts, events.journalUntil);
      }
      if (journal !== undefined) {
        await appendJournal(store, journal);
      }
      if (cursor !== undefined) {
        store(FEED).put(cursor, "cursor");
      }
      return true;
    });
  }

  journalPosition(): Promise<number> {
    return this.#transact([FEED], "readonly", "relaxed", (store, commit) => {
      const position = positionIn(store(FEED));
      commit();
      return position;
    });
  }

  readLease(): Promise<LeaseRecord> {
    return this.#transact([ACTING], "readonly", "relaxed", (store, commit) => {
      const lease = leaseIn(store(ACTING));
      commit();
      return lease;
    });
  }

  changeLease(epoch: number, to: LeaseRecord): Promise<boolean> {
    return this.#fenced([ACTING, FENCE], "strict", (store, commit) => {
      const before = leaseIn(store(ACTING));
      store(ACTING).put(to, "lease");
      const current = isCurrent(store, epoch, before, to.epoch !== epoch);
      commit();
      return current;
    });
  }

  clear(): Promise<void> {
    return this.#transact([ACTING, EVENTS, JOURNAL, FEED], "readwrite", "relaxed", async (store) => {
      store(ACTING).delete("state");
      store(EVENTS).clear();
      store(JOURNAL).clear();
      store(FEED).delete("cursor");
    });
  }

  suspend(): void {
    this.#frozen ??= new Promise((resolve) => {
      this.#thaw = resolve;
    });
    // One whose answers do not arrive any more would stay open, and the transactions of all other tabs would wait for it.
    for (const transaction of this.#underWay) {
      this.#interrupted.add(transaction);
      abort(transaction);
    }
  }

  resume(): void {
    this.#frozen = null;
    this.#thaw();
  }

  close(): void {
    this.#closed = true;
    this.resume();
    void this.#connecting?.then(
      (connection) => connection.close(),
      () => undefined,
    );
    this.#connecting = null;
  }

  /** Answers false, and has done nothing, where the epoch is over. */
  async #fenced(scope: readonly string[], durability: "strict" | "relaxed", work: Work<boolean>): Promise<boolean> {
    try {
      return await this.#transact(scope, "readwrite", durability, work);
    } catch (thrown) {
      const { cause } = thrown as StoreError;
      if (cause instanceof DOMException && cause.name === "ConstraintError") {
        return false;
      }
      throw thrown;
    }
  }

  async #transact<T>(
    scope: readonly string[],
    mode: IDBTransactionMode,
    durability: "strict" | "relaxed",
    work: Work<T>,
  ): Promise<T> {
    for (;;) {
      await this.#frozen;
      const transaction = await this.#begin([...scope], mode, durability);
      this.#underWay.add(transaction);
      try {
        return await outcome(transaction, work);
      } catch (thrown) {
        if (!this.#interrupted.has(transaction) || this.#closed) {
          throw asStoreError(thrown);
        }
      } finally {
        this.#underWay.delete(transaction);
      }
    }
  }

  async #begin(scope: string[], mode: IDBTransactionMode, durability: "strict" | "relaxed"): Promise<IDBTransaction> {
    if (this.#closed) {
      throw new StoreError("closed", "the storage is closed");
    }
    try {
      return (await this.connect()).transaction(scope, mode, { durability });
    } catch (thrown) {
      if (!(thrown instanceof DOMException) || thrown.name !== "InvalidStateError") {
        throw asStoreError(thrown);
      }
      // An idle connection of a page that was frozen is closed without an event.
      this.#connecting = null;
      return (await this.connect()).transaction(scope, mode, { durability });
    }
  }
}

/** Whether this is the epoch of the lease, as it was `before`; fails where it is over. It `ends` with this transaction, if that is said. */
async function isCurrent(
  store: (name: string) => IDBObjectStore,
  epoch: number,
  before: Promise<LeaseRecord>,
  ends: boolean,
): Promise<boolean> {
  const fence = store(FENCE);
  if (ends) {
    fence.delete(IDBKeyRange.upperBound(epoch - MOST_OVER));
    fence.delete(WRITER);
  }
  const passed = answer(ends ? fence.add({ epoch }, epoch) : fence.put({ epoch }, WRITER));
  const [lease] = await Promise.all([before, passed]);
  return lease.epoch === epoch;
}

async function leaseIn(acting: IDBObjectStore): Promise<LeaseRecord> {
  return (await answer<LeaseRecord | undefined>(acting.get("lease"))) ?? NO_LEASE;
}

async function positionIn(feed: IDBObjectStore): Promise<number> {
  return (await answer<number | undefined>(feed.get("position"))) ?? 0;
}

async function replaceEvents(
  store: (name: string) => IDBObjectStore,
  parts: readonly Uint8Array[],
  journalUntil: number,
): Promise<void> {
  store(EVENTS).clear();
  for (const [number, part] of parts.entries()) {
    store(EVENTS).put(part, number);
  }
  const journal = store(JOURNAL);
  const [ids, entries] = await Promise.all([answer(journal.getAllKeys()), answer<JournalEntry[]>(journal.getAll())]);
  for (const [i, id] of ids.entries()) {
    if ((entries[i] as JournalEntry).position <= journalUntil) {
      journal.delete(id);
    }
  }
}

async function appendJournal(
  store: (name: string) => IDBObjectStore,
  changes: ReadonlyMap<string, string | null>,
): Promise<void> {
  let position = await positionIn(store(FEED));
  for (const [eventId, json] of changes) {
    position += 1;
    store(JOURNAL).put({ json, position } satisfies JournalEntry, eventId);
  }
  store(FEED).put(position, "position");
}

/** Opens the database; one of a newer form, or one that is damaged, is set aside and begun anew. */
async function openOrSetAside(name: string): Promise<IDBDatabase> {
  try {
    return await open(name);
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "VersionError") {
      // A newer version of the package wrote it, and may come back to it.
      return open(`${name}~${VERSION}`);
    }
    if (thrown instanceof DOMException && thrown.name === "UnknownError") {
      await settled(indexedDB.deleteDatabase(name));
      return open(name);
    }
    throw thrown;
  }
}

async function open(name: string): Promise<IDBDatabase> {
  let request: IDBOpenDBRequest;
  try {
    request = indexedDB.open(name, VERSION);
  } catch (thrown) {
    throw new StoreError("unavailable", "this page may not use the browser's storage", thrown);
  }
  request.onupgradeneeded = ({ oldVersion }) => upgrade(request, oldVersion);
  return settled(request);
}

/** Each step brings the form of the version before to the next. */
function upgrade({ result: database, transaction }: IDBOpenDBRequest, from: number): void {
  if (from < 1) {
    for (const store of [ACTING, EVENTS, JOURNAL, FEED]) {
      database.createObjectStore(store);
    }
  }
  if (from < 2) {
    database.createObjectStore(FENCE).createIndex("epoch", "epoch", { unique: true });
    // The marks of epochs stood there, under `["over", epoch]`. Whoever acted in one of them cannot reach this form.
    transaction?.objectStore(ACTING).delete(IDBKeyRange.bound(["over"], ["over", []]));
  }
}
