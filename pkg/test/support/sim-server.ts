import { SyncError } from "../../src/errors/errors.js";
import type { ChangesPage, EventInput, FeedChange, StreamMessage, Transport } from "../../src/index.js";
import type { LoadSource } from "../../src/load/load-source.js";
import type { Random } from "./random.js";

interface Item {
  readonly seq: number;
  readonly change: FeedChange;
}

/** A back end in memory, whose clock is that of the simulation. */
export class SimServer {
  readonly events = new Map<string, EventInput>();
  up = true;
  readonly #revisions = new Map<string, number>();
  #epoch = 1;
  #items: Item[] = [];
  #seq = 0;
  #floor = 0;
  #streams = new Set<(message: StreamMessage | "end") => void>();
  readonly #checksum: (events: readonly EventInput[]) => string;
  #known: string | null = null;

  constructor(checksum: (events: readonly EventInput[]) => string) {
    this.#checksum = checksum;
  }

  /** Somebody's request is carried out: the last one wins. */
  put(eventId: string, event: EventInput): void {
    const revision = this.#nextRevision(eventId);
    const stored = { ...event, revision };
    this.events.set(eventId, stored);
    this.#record({ eventId, deleted: false, event: stored });
  }

  remove(eventId: string): void {
    if (this.events.delete(eventId)) {
      this.#record({ eventId, deleted: true, revision: this.#nextRevision(eventId) });
    }
  }

  /** The process ends, and is there again when `up` is set. */
  restart(): void {
    this.up = false;
    this.endStreams();
  }

  endStreams(): void {
    for (const tell of [...this.#streams]) {
      tell("end");
    }
  }

  /** Another database: places in the feed before mean nothing. */
  newEpoch(): void {
    this.#epoch += 1;
    this.endStreams();
  }

  /** Changes so far are forgotten. */
  forget(): void {
    this.#floor = this.#seq;
    this.#items = [];
  }

  heartbeat(): void {
    this.#tell({ type: "heartbeat" });
  }

  snapshot(): Uint8Array {
    return new TextEncoder().encode(
      JSON.stringify({ cursor: this.#cursor(this.#seq), events: [...this.events.values()] }),
    );
  }

  changes(cursor: string, limit: number): ChangesPage {
    const items = this.#after(cursor).slice(0, limit);
    const last = items.at(-1)?.seq ?? this.#seq;
    const upToDate = last === this.#seq ? { checksum: this.checksum() } : null;
    return { changes: items.map(({ change }) => change), nextCursor: this.#cursor(last), upToDate };
  }

  /** Calls `tell` with what happened after `cursor`, and what happens; answers how to stop that. */
  follow(cursor: string, tell: (message: StreamMessage | "end") => void): () => void {
    for (const { seq, change } of this.#after(cursor)) {
      tell({ type: "change", cursor: this.#cursor(seq), change });
    }
    tell(this.#bookmark());
    this.#streams.add(tell);
    return () => void this.#streams.delete(tell);
  }

  checksum(): string {
    this.#known ??= this.#checksum([...this.events.values()]);
    return this.#known;
  }

  #nextRevision(eventId: string): number {
    const revision = (this.#revisions.get(eventId) ?? 0) + 1;
    this.#revisions.set(eventId, revision);
    return revision;
  }

  #record(change: FeedChange): void {
    this.#seq += 1;
    this.#known = null;
    this.#items.push({ seq: this.#seq, change });
    this.#tell({ type: "change", cursor: this.#cursor(this.#seq), change });
    this.#tell(this.#bookmark());
  }

  #bookmark(): StreamMessage {
    return { type: "bookmark", cursor: this.#cursor(this.#seq), upToDate: { checksum: this.checksum() } };
  }

  #tell(message: StreamMessage): void {
    for (const tell of [...this.#streams]) {
      tell(message);
    }
  }

  /** As a real feed has it: each event once, at its latest change. */
  #after(cursor: string): readonly Item[] {
    const [epoch, seq] = cursor.split(".").map(Number);
    if (epoch !== this.#epoch || seq === undefined || seq < this.#floor || seq > this.#seq) {
      throw new SyncError("CURSOR_EXPIRED", "another feed", { retryable: true });
    }
    const latest = new Map<string, Item>();
    for (const item of this.#items.filter((one) => one.seq > seq)) {
      latest.delete(item.change.eventId);
      latest.set(item.change.eventId, item);
    }
    return [...latest.values()];
  }

  #cursor(seq: number): string {
    return `${this.#epoch}.${seq}`;
  }
}

/** What the network does to what goes through it. Shares are from 0 to 1. */
export interface Weather {
  lost: number;
  repeated: number;
  reordered: number;
  slowestMs: number;
}

/** The way from one browser to the server. `down` while it is off line. */
export class SimNetwork {
  down = false;
  readonly #server: SimServer;
  readonly #random: Random;
  readonly #weather: Weather;
  readonly #cuts = new Set<() => void>();

  constructor(server: SimServer, random: Random, weather: Weather) {
    this.#server = server;
    this.#random = random;
    this.#weather = weather;
  }

  /** From here on nothing is lost. */
  calm(): void {
    this.down = false;
    this.#weather.lost = 0;
  }

  /** Every stream breaks off. */
  cut(): void {
    for (const cut of [...this.#cuts]) {
      cut();
    }
  }

  transport(key: string, withStream: boolean): Transport {
    const network = this;
    const base: Transport = {
      key,
      snapshot: (): Promise<LoadSource> => this.#exchange(() => this.#server.snapshot()),
      changes: (cursor) => this.#exchange(() => this.#server.changes(cursor, 1 + this.#random.below(4))),
    };
    if (!withStream) {
      return base;
    }
    return {
      ...base,
      async *stream(cursor, { signal }) {
        yield* network.#stream(cursor, signal);
      },
    };
  }

  /** A request, which may get lost on its way there or back, having been carried out or not. */
  async #exchange<T>(act: () => T): Promise<T> {
    await this.#travel();
    this.#require();
    const answer = act();
    await this.#travel();
    this.#require();
    return answer;
  }

  /** A request of an application that changes something: answers whether it heard that it was done. */
  async send(act: () => void): Promise<boolean> {
    return this.#exchange(act).then(
      () => true,
      () => false,
    );
  }

  async *#stream(cursor: string, signal: AbortSignal): AsyncGenerator<StreamMessage> {
    await this.#travel();
    this.#require();
    const waiting: StreamMessage[] = [];
    const seen: StreamMessage[] = [];
    let ended = false;
    let wake: () => void = () => undefined;
    const end = (): void => {
      ended = true;
      wake();
    };
    const stop = this.#server.follow(cursor, (message) => {
      if (message === "end") {
        end();
        return;
      }
      this.#put(waiting, seen, message);
      wake();
    });
    this.#cuts.add(end);
    signal.addEventListener("abort", end);
    try {
      while (!ended) {
        for (let message = waiting.shift(); message !== undefined && !ended; message = waiting.shift()) {
          await this.#travel(50);
          signal.throwIfAborted();
          yield message;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (ended || waiting.length > 0) {
            resolve();
          }
        });
      }
      signal.throwIfAborted();
    } finally {
      stop();
      this.#cuts.delete(end);
      signal.removeEventListener("abort", end);
    }
  }

  /** Changes may come twice, later once more, and in another order; what says that they are all there comes after them. */
  #put(waiting: StreamMessage[], seen: StreamMessage[], message: StreamMessage): void {
    if (message.type !== "change") {
      waiting.push(message);
      return;
    }
    const { repeated, reordered } = this.#weather;
    const before = waiting.at(-1);
    if (before?.type === "change" && this.#random.next() < reordered) {
      waiting.splice(-1, 0, message);
    } else {
      waiting.push(message);
    }
    seen.push(message);
    if (this.#random.next() < repeated) {
      waiting.push(this.#random.pick(seen), message);
    }
  }

  #require(): void {
    if (this.down || !this.#server.up || this.#random.next() < this.#weather.lost) {
      throw new SyncError("NETWORK", "lost on the way", { retryable: true });
    }
  }

  #travel(most = this.#weather.slowestMs): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#random.below(most)));
  }
}
