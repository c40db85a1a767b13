import { SyncError } from "../index.js";
import type { LoadSource } from "../load/load-source.js";
import type { ChangesPage, FeedChange, RequestOptions, StreamMessage, Transport } from "../ports/transport.js";
import type { EventInput } from "../types/events.js";

let transports = 0;

/** A back end with these events, in memory. */
export function memoryTransport(events: readonly EventInput[] = []): MemoryTransport {
  return new MemoryTransport(events);
}

/** A back end's change feed in memory, which a test changes, cuts off, and lets forget. */
export class MemoryTransport implements Transport {
  readonly key: string;
  /** What was asked for so far. */
  readonly requests: ("snapshot" | "changes" | "stream")[] = [];
  readonly #events = new Map<string, EventInput>();
  #changes: FeedChange[] = [];
  #epoch = 1;
  #connected = true;
  #news: (() => void)[] = [];

  constructor(events: readonly EventInput[] = []) {
    transports += 1;
    this.key = `memory ${transports}`;
    for (const event of events) {
      this.#events.set(event.event_id, event);
    }
  }

  /** Somebody else has added the event, or changed it. */
  put(event: EventInput): void {
    this.#events.set(event.event_id, event);
    this.#record({ eventId: event.event_id, deleted: false, event });
  }

  /** Somebody else has removed the event. */
  remove(eventId: string, revision: number | null = null): void {
    this.#events.delete(eventId);
    this.#record({ eventId, deleted: true, revision });
  }

  /** Streams break off, and every request fails until {@link MemoryTransport.connect}. */
  disconnect(): void {
    this.#connected = false;
    this.#announce();
  }

  /** Requests succeed again. A scheduler notices when it tries again: `test.reconnect()` has it do so at once. */
  connect(): void {
    this.#connected = true;
  }

  /** Forgets what has changed: whoever asks for changes, or listens, has to take a snapshot. */
  expireCursor(): void {
    this.#epoch += 1;
    this.#changes = [];
    this.#announce();
  }

  async snapshot(_options: RequestOptions): Promise<LoadSource> {
    this.#ask("snapshot");
    const snapshot = { cursor: this.#cursor(this.#changes.length), events: [...this.#events.values()] };
    return new TextEncoder().encode(JSON.stringify(snapshot));
  }

  async changes(cursor: string, _options: RequestOptions): Promise<ChangesPage> {
    this.#ask("changes");
    const changes = this.#changes.slice(this.#position(cursor));
    return { changes, nextCursor: this.#cursor(this.#changes.length), upToDate: { checksum: null } };
  }

  async *stream(cursor: string, { signal }: RequestOptions): AsyncGenerator<StreamMessage> {
    this.#ask("stream");
    for (let from = cursor; ; ) {
      let position = this.#position(from);
      for (const change of this.#changes.slice(position)) {
        position += 1;
        yield { type: "change", cursor: this.#cursor(position), change };
      }
      from = this.#cursor(position);
      if (position === this.#changes.length) {
        yield { type: "bookmark", cursor: from, upToDate: { checksum: null } };
      }
      await this.#nextNews(position, signal);
      signal.throwIfAborted();
      this.#requireConnection();
    }
  }

  #record(change: FeedChange): void {
    this.#changes.push(change);
    this.#announce();
  }

  #announce(): void {
    for (const tell of this.#news.splice(0)) {
      tell();
    }
  }

  /** Resolves when something has happened after `position`, or `signal` ends the wait. */
  #nextNews(position: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || !this.#connected || position !== this.#changes.length) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#news.push(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  #ask(what: "snapshot" | "changes" | "stream"): void {
    this.requests.push(what);
    this.#requireConnection();
  }

  #requireConnection(): void {
    if (!this.#connected) {
      throw new SyncError("NETWORK", "the test has cut the connection", { retryable: true });
    }
  }

  #cursor(position: number): string {
    return `${this.#epoch}.${position}`;
  }

  #position(cursor: string): number {
    const [epoch, position] = cursor.split(".").map(Number);
    if (epoch !== this.#epoch || position === undefined) {
      throw new SyncError("CURSOR_EXPIRED", "the test has let the feed forget", { retryable: true });
    }
    return position;
  }
}
