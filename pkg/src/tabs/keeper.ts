import type { Engine } from "../engine/engine.js";
import { InternalError } from "../errors/errors.js";
import { Pace } from "../load/pace.js";
import type { OpenStorage, StorageBatch, StoredCursor } from "../ports/storage.js";

/** What a keeper needs. */
export interface KeeperParts {
  readonly engine: Engine;
  /**
   * The epoch with which this tab acts; `undefined` where it acts for itself; `null` while it does not act, or does not know yet
   * what the tab before it has done: then the state is not its to write.
   */
  readonly epoch: () => number | null | undefined;
  /** Where the feed goes on, once everything before it is applied; `undefined` where there is no feed. */
  readonly cursor: () => StoredCursor | null | undefined;
  /** This state was written. */
  readonly saved: (state: Uint8Array) => void;
  /** Another tab acts: nothing was written. */
  readonly superseded: () => void;
  /** The storage does not work any more. */
  readonly failed: (thrown: unknown) => void;
  /** All events were written. */
  readonly rewritten: () => void;
}

/** How long changes of the state wait for more of them, unless somebody waits for the state to be written. */
const STATE_DELAY_MS = 250;
/** How long all events wait to be written: what other tabs have changed must have arrived, and the page has other work. */
const EVENTS_DELAY_MS = 500;
/** After so many changes since, all events are written anew. */
const MOST_JOURNAL = 1000;
/** Characters of JSON in one part of the events. */
const PART_CHARACTERS = 256 * 1024;

/** Writes down what must survive a reload: the events by every tab that changes them, the state by the tab that acts. */
export class Keeper {
  readonly #parts: KeeperParts;
  #storage: OpenStorage | null = null;
  /** Whether there is or will be a storage. */
  #wanted: boolean;
  readonly #changed = new Set<string>();
  /**
   * Ids of the events that the feed has changed while this tab did not act; `"all"` where it is too many to tell. The tab that
   * acts writes them; when it is this one's turn that one may be gone before it has, and the place in the feed stands for them.
   */
  #heard: Set<string> | "all" = new Set();
  /** How often all events were replaced since they were last written. */
  #replacements = 0;
  #cursorMoved = false;
  #stateChanged = false;
  #stateUrgent = false;
  #stateTimer: ReturnType<typeof setTimeout> | undefined;
  #eventsTimer: ReturnType<typeof setTimeout> | undefined;
  #journalLength = 0;
  /** Ends with the write that is under way; one at a time. */
  #last: Promise<void> = Promise.resolve();
  #scheduled = false;
  /** The storage has failed: the lock alone has to do. */
  #failed = false;
  /** When something was last written, in epoch milliseconds by the device. */
  lastWriteAt: number | null = null;

  constructor(parts: KeeperParts, wanted: boolean) {
    this.#parts = parts;
    this.#wanted = wanted;
  }

  /** Begins to write; `journalLength` changes are there already. */
  use(storage: OpenStorage, journalLength: number): void {
    this.#storage = storage;
    this.#journalLength = journalLength;
    this.#schedule();
  }

  /** Where events are not stored: keeps the state alone. */
  keepStateIn(storage: OpenStorage): void {
    this.#storage = storage;
  }

  /** Writes no more. */
  close(): void {
    this.#storage = null;
    this.#wanted = false;
    this.#changed.clear();
    clearTimeout(this.#stateTimer);
    clearTimeout(this.#eventsTimer);
    this.#eventsTimer = undefined;
  }

  /** Ids of the events that were changed and are not written yet. */
  get unwritten(): Iterable<string> {
    return this.#changed;
  }

  /** An event was added, changed or removed. */
  eventChanged(eventId: string): void {
    if (this.#wanted) {
      this.#changed.add(eventId);
      this.#schedule();
    }
  }

  /** The feed has changed an event; the tab that acts writes it down. */
  feedChanged(eventId: string): void {
    if (this.#parts.epoch() !== null) {
      this.eventChanged(eventId);
    } else if (this.#heard !== "all") {
      this.#heard.add(eventId);
      this.#heard = this.#heard.size > MOST_JOURNAL ? "all" : this.#heard;
    }
  }

  /** The feed has replaced all events; the tab that acts writes them down. */
  feedReplaced(): void {
    if (this.#parts.epoch() !== null) {
      this.eventsReplaced();
    } else {
      this.#heard = "all";
    }
  }

  /** The feed has been read further. */
  cursorMoved(): void {
    this.#cursorMoved = true;
    this.#schedule();
  }

  /** All events were replaced. */
  eventsReplaced(): void {
    this.#changed.clear();
    if (this.#wanted) {
      this.#replacements += 1;
      this.#rewrite();
    }
  }

  /** Something has fired, or was answered; `urgent` when it must not be done again after a crash. */
  stateChanged(urgent: boolean): void {
    if ((!this.#wanted && this.#storage === null) || this.#parts.epoch() === null) {
      return;
    }
    this.#stateChanged = true;
    if (urgent) {
      this.#stateUrgent = true;
      this.#schedule();
    } else {
      this.#stateTimer ??= setTimeout(() => {
        this.#stateUrgent = true;
        this.#schedule();
      }, STATE_DELAY_MS);
    }
  }

  /**
   * Writes that what was handed out is in flight, before its handlers run. Answers whether they may: not where another
   * tab has begun to act. Where nothing can be written they may, as the lock alone has to do then.
   */
  async claim(): Promise<boolean> {
    let granted = false;
    await this.#inTurn(async () => {
      // Its turn may come when this tab acts no more.
      granted =
        this.#storage === null ||
        (this.#parts.epoch() !== null && (await this.#write({ ...this.#state(), durability: "strict" })));
    });
    return granted || this.#failed;
  }

  /** Writes what is still to be written. It is collected before this returns: the core may go then. */
  flush(): Promise<void> {
    this.#stateUrgent ||= this.#stateChanged;
    try {
      const batches = this.#collect();
      return this.#inTurn(() => this.#writeAll(batches));
    } catch (thrown) {
      this.#notWritten(thrown);
      return this.#last;
    }
  }

  #schedule(): void {
    if (!this.#scheduled && this.#storage !== null) {
      this.#scheduled = true;
      void this.#inTurn(() => {
        this.#scheduled = false;
        return this.#writeAll(this.#collect());
      });
    }
  }

  #rewrite(): void {
    if (this.#storage !== null) {
      this.#eventsTimer ??= setTimeout(() => void this.#writeEvents(), EVENTS_DELAY_MS);
    }
  }

  /** One write after the other. Never rejects. */
  #inTurn(write: () => Promise<unknown>): Promise<void> {
    const done = this.#last.then(write).then(
      () => undefined,
      (thrown: unknown) => this.#notWritten(thrown),
    );
    this.#last = done;
    return done;
  }

  #notWritten(thrown: unknown): void {
    if (thrown instanceof InternalError) {
      // Not the storage has failed, but the core that was asked what to write. It has a successor.
      this.stateChanged(true);
    } else if (this.#storage !== null) {
      this.#failed = true;
      this.#parts.failed(thrown);
    }
  }

  #collect(): StorageBatch[] {
    const batches: StorageBatch[] = [];
    if (this.#storage === null || this.#parts.engine.disposed) {
      return batches;
    }
    const acting = this.#parts.epoch() !== null;
    // Asked first: when the core fails here, nothing of the rest is forgotten.
    const state = this.#stateUrgent && acting ? this.#state() : null;
    if (acting) {
      this.#takeOver();
    }
    const journal = this.#journal();
    // Never before the events that it stands for: the next visit would go on without them.
    const cursor = this.#cursorMoved && acting && this.#replacements === 0 ? this.#parts.cursor() : undefined;
    this.#cursorMoved &&= cursor === undefined;
    if (journal !== undefined || cursor !== undefined) {
      batches.push({ durability: "relaxed", journal, cursor });
    }
    if (state !== null) {
      batches.push({ ...state, durability: "relaxed" });
    }
    return batches;
  }

  /** What was heard before this tab acted is its to write. */
  #takeOver(): void {
    const heard = this.#heard;
    this.#heard = new Set();
    if (heard === "all") {
      this.eventsReplaced();
    } else if (this.#wanted) {
      for (const eventId of heard) {
        this.#changed.add(eventId);
      }
    }
  }

  async #writeAll(batches: readonly StorageBatch[]): Promise<void> {
    for (const batch of batches) {
      await this.#write(batch);
    }
  }

  #state(): Pick<StorageBatch, "epoch" | "state"> {
    const state = this.#parts.engine.control.state();
    clearTimeout(this.#stateTimer);
    this.#stateTimer = undefined;
    this.#stateChanged = false;
    this.#stateUrgent = false;
    return { epoch: this.#parts.epoch() ?? undefined, state };
  }

  #journal(): Map<string, string | null> | undefined {
    if (this.#changed.size === 0) {
      return undefined;
    }
    const journal = new Map<string, string | null>();
    for (const eventId of this.#changed) {
      const json = this.#parts.engine.eventText(eventId);
      if (json !== undefined) {
        journal.set(eventId, json);
      }
    }
    this.#changed.clear();
    this.#journalLength += journal.size;
    if (this.#journalLength > MOST_JOURNAL) {
      this.#rewrite();
    }
    return journal;
  }

  async #write(batch: StorageBatch): Promise<boolean> {
    const { saved, superseded } = this.#parts;
    const written = (await this.#storage?.write(batch)) ?? false;
    if (!written) {
      // A write that had to wait may be of an earlier time of this tab.
      if (this.#storage !== null && batch.epoch === this.#parts.epoch()) {
        superseded();
      }
      return false;
    }
    if (this.#wanted) {
      this.lastWriteAt = Date.now();
    }
    if (batch.state !== undefined) {
      saved(batch.state);
    }
    return true;
  }

  /** Writes all events, in slices with turns of the event loop between them. */
  async #writeEvents(): Promise<void> {
    this.#eventsTimer = undefined;
    try {
      const storage = this.#storage;
      if (storage === null) {
        return;
      }
      const replacements = this.#replacements;
      const journalUntil = await storage.journalPosition();
      const cursor = this.#parts.cursor();
      const parts = await this.#eventParts();
      if (this.#storage === storage) {
        await this.#write({ durability: "relaxed", events: { parts, journalUntil }, cursor });
        this.#journalLength = 0;
        this.#replacements -= replacements;
        this.#schedule();
        this.#parts.rewritten();
      }
    } catch (thrown) {
      if (thrown instanceof InternalError) {
        this.#rewrite();
      } else if (this.#storage !== null && !this.#parts.engine.disposed) {
        this.#parts.failed(thrown);
      }
    }
  }

  async #eventParts(): Promise<Uint8Array[]> {
    const { engine } = this.#parts;
    const encoder = new TextEncoder();
    const parts: Uint8Array[] = [];
    const pace = new Pace();
    let text = "";
    for (const eventId of engine.eventIds()) {
      if (pace.due) {
        await pace.breathe();
      }
      const json = engine.disposed ? null : engine.eventText(eventId);
      if (json != null) {
        text += text === "" ? json : `,${json}`;
      }
      if (text.length >= PART_CHARACTERS) {
        parts.push(encoder.encode(text));
        text = "";
      }
    }
    return text === "" ? parts : [...parts, encoder.encode(text)];
  }
}
