import { ApiMisuseError, SyncError } from "../errors/errors.js";
import { badAnswer, type HttpOptions } from "../ports/http-request.js";
import type { ChangesPage, FeedChange, RequestOptions, Transport } from "../ports/transport.js";
import type { EventInput } from "../types/events.js";
import { ListReader, type ReadList } from "./list-reader.js";

/** Which page `load` is asked for. */
export interface ListPageRequest {
  /** What `next` has answered for the page before; `null` for the first. */
  readonly page: string | null;
  /** Ends the request when the scheduler no longer wants the answer. */
  readonly signal: AbortSignal;
}

/** Where the list of events is, and what it looks like. */
export interface ListTransportOptions extends HttpOptions {
  /** The address of the list, such as `/api/events`. */
  url?: string | URL | undefined;
  /** Instead of `url`: fetches the answer itself, for example with an axios instance, and gives it as it was parsed. */
  load?: ((request: ListPageRequest) => Promise<unknown>) | undefined;
  /** Names the back end for the tabs of the browser, which share one that asks; needed with `load`. Default: `url`. */
  key?: string | undefined;
  /** The list in an answer. Default: the answer itself, or its `events`, `items`, `data`, `results` or `content`. */
  select?: ((answer: unknown) => readonly unknown[]) | undefined;
  /** The field that has the id. Default `event_id`. */
  eventId?: string | undefined;
  /** Makes an event of an item whose fields are called otherwise; `null` leaves the item out. */
  map?: ((item: unknown) => EventInput | null) | undefined;
  /** Where the next page is, by an answer; `null` after the last. Default: there is one page. */
  next?: ((answer: unknown, response: Response | null) => string | URL | null | undefined) | undefined;
}

/**
 * Keeps the events in step with a back end that has nothing but a list of them: it is read as often as the `polling` of the
 * scheduler's options says, and what differs from the last time becomes changes and removals. Where the back end sends an
 * `ETag`, lists that have not changed are not sent again.
 *
 * @example
 * ```ts
 * const scheduler = await createScheduler({ transport: listTransport({ url: "/api/events" }) });
 * ```
 */
export function listTransport(options: ListTransportOptions): Transport {
  const { url, load, key = url === undefined ? undefined : String(url) } = options;
  if ((url === undefined) === (load === undefined) || key === undefined) {
    throw new ApiMisuseError("WRONG_ARGUMENT", "listTransport takes a `url`, or a `load` with a `key`");
  }
  const feed = new ListFeed(options);
  return {
    key: `list ${key}`,
    snapshot: (request) => feed.snapshot(request),
    changes: (cursor, request) => feed.changes(cursor, request),
  };
}

/** A feed that is made from what differs between two readings of a list. */
class ListFeed {
  readonly #reader: ListReader;
  /** Places in this feed mean nothing to another tab, nor to the next visit. */
  readonly #epoch = Math.random().toString(36).slice(2);
  #seq = 0;
  #known: ReadonlyMap<string, string> = new Map();
  /** Events that were missing from a list of several pages: they may have moved to another page while it was read. */
  #missing = new Set<string>();

  constructor(options: ListTransportOptions) {
    this.#reader = new ListReader(options);
  }

  async snapshot({ signal }: RequestOptions): Promise<Uint8Array> {
    const list = await this.#read(false, signal);
    this.#known = list.digests;
    this.#missing.clear();
    this.#seq += 1;
    const events = [...list.events.values(), ...list.nameless];
    return new TextEncoder().encode(JSON.stringify({ cursor: this.#cursor(), events }));
  }

  async changes(cursor: string, { signal }: RequestOptions): Promise<ChangesPage> {
    this.#require(cursor);
    const list = await this.#read(true, signal);
    this.#require(cursor);
    const changes = this.#differences(list);
    this.#seq += changes.length === 0 ? 0 : 1;
    return { changes, nextCursor: this.#cursor(), upToDate: { checksum: null } };
  }

  async #read(conditionally: boolean, signal: AbortSignal): Promise<ReadList> {
    const list = await this.#reader.read(conditionally, signal);
    if (list.nameless.length > 0 && list.digests.size === 0) {
      throw badAnswer("no item of the list has an id: say which field it is with the option `eventId`");
    }
    return list;
  }

  #differences({ events, digests, pages }: ReadList): FeedChange[] {
    const changes: FeedChange[] = [];
    for (const [eventId, event] of events) {
      if (this.#known.get(eventId) !== digests.get(eventId)) {
        changes.push({ eventId, deleted: false, event });
      }
    }
    const known = new Map(digests);
    const missing = new Set<string>();
    for (const [eventId, content] of this.#known) {
      if (digests.has(eventId)) {
        continue;
      }
      if (pages > 1 && !this.#missing.has(eventId)) {
        missing.add(eventId);
        known.set(eventId, content);
      } else {
        changes.push({ eventId, deleted: true });
      }
    }
    this.#known = known;
    this.#missing = missing;
    return changes;
  }

  #cursor(): string {
    return `${this.#epoch}.${this.#seq}`;
  }

  #require(cursor: string): void {
    if (cursor !== this.#cursor()) {
      throw new SyncError("CURSOR_EXPIRED", "the list was not read up to this place here", { retryable: true });
    }
  }
}
