import { badAnswer, type HttpOptions, readJson, refused, request } from "../ports/http-request.js";
import type { EventInput } from "../types/events.js";
import { digest } from "./digest.js";
import type { ListTransportOptions } from "./list-transport.js";

/** The events of a list, by id. Only those of pages that have been sent anew are there as events. */
export interface ReadList {
  readonly events: ReadonlyMap<string, EventInput>;
  /** A digest of each event's content, unchanged ones included. */
  readonly digests: ReadonlyMap<string, string>;
  /** Items whose id cannot be read. */
  readonly nameless: readonly unknown[];
  readonly pages: number;
}

interface Page {
  readonly etag: string | null;
  readonly next: string | null;
  readonly digests: ReadonlyMap<string, string>;
}

const MOST_PAGES = 10_000;
const NOT_MODIFIED = 304;
/** Where lists usually are. */
const USUAL_NAMES = ["events", "items", "data", "results", "content"] as const;

/** Reads a list page by page, and remembers of each page what it takes to ask whether it has changed. */
export class ListReader {
  readonly #options: ListTransportOptions;
  #known = new Map<string, Page>();

  constructor(options: ListTransportOptions) {
    this.#options = options;
  }

  /** `conditionally`: pages that have not changed need not be sent again. */
  async read(conditionally: boolean, signal: AbortSignal): Promise<ReadList> {
    const events = new Map<string, EventInput>();
    const digests = new Map<string, string>();
    const nameless: unknown[] = [];
    const pages = new Map<string, Page>();
    let at: string | null = String(this.#options.url ?? "");
    while (at !== null) {
      if (pages.has(at) || pages.size >= MOST_PAGES) {
        throw badAnswer(`the pages of the list have no end: after ${pages.size} comes ${at} again`);
      }
      const page: Page = await this.#page(at, conditionally, { events, nameless }, signal);
      pages.set(at, page);
      for (const [id, content] of page.digests) {
        digests.set(id, content);
      }
      at = page.next;
    }
    this.#known = pages;
    return { events, digests, nameless, pages: pages.size };
  }

  async #page(
    at: string,
    conditionally: boolean,
    into: { readonly events: Map<string, EventInput>; readonly nameless: unknown[] },
    signal: AbortSignal,
  ): Promise<Page> {
    const { load, next = () => null } = this.#options;
    const known = conditionally ? this.#known.get(at) : undefined;
    const response = load === undefined ? await this.#get(at, known?.etag ?? null, signal) : null;
    if (response?.status === NOT_MODIFIED && known !== undefined) {
      return known;
    }
    const answer =
      response === null ? await load?.({ page: at === "" ? null : at, signal }) : await readJson(response, signal);
    const digests = new Map<string, string>();
    for (const item of this.#itemsOf(answer)) {
      const event = this.#eventOf(item);
      if (event === null) {
        continue;
      }
      if (typeof event.event_id !== "string") {
        into.nameless.push(event);
        continue;
      }
      into.events.set(event.event_id, event);
      digests.set(event.event_id, digest(JSON.stringify(event)));
    }
    const following = next(answer, response) ?? null;
    return {
      digests,
      etag: response?.headers.get("etag") ?? null,
      next:
        following === null ? null : load === undefined ? resolved(following, response?.url || at) : String(following),
    };
  }

  async #get(url: string, etag: string | null, signal: AbortSignal): Promise<Response> {
    const own = { accept: "application/json", ...(etag !== null && { "if-none-match": etag }) };
    const response = await request(url, own, this.#options as HttpOptions, signal);
    if (!response.ok && !(response.status === NOT_MODIFIED && etag !== null)) {
      throw await refused(response);
    }
    return response;
  }

  #itemsOf(answer: unknown): readonly unknown[] {
    const { select = usualList } = this.#options;
    const items = select(answer);
    if (!Array.isArray(items)) {
      throw badAnswer("the answer has no list of events: say where it is with the option `select`");
    }
    return items;
  }

  #eventOf(item: unknown): EventInput | null {
    const { map, eventId = "event_id" } = this.#options;
    const event = (map === undefined ? item : map(item)) as ({ readonly [field: string]: unknown } & EventInput) | null;
    if (typeof event !== "object" || event === null) {
      return map === undefined ? ({ item } as unknown as EventInput) : null;
    }
    const id: unknown = event.event_id ?? event[eventId];
    const text = typeof id === "number" ? String(id) : id;
    return text === event.event_id ? event : ({ ...event, event_id: text } as EventInput);
  }
}

function usualList(answer: unknown): readonly unknown[] {
  if (Array.isArray(answer)) {
    return answer;
  }
  const fields = (answer ?? {}) as { readonly [name: string]: unknown };
  return USUAL_NAMES.map((name) => fields[name]).find(Array.isArray) as readonly unknown[];
}

function resolved(address: string | URL, base: string): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location;
  return new URL(address, new URL(base, page?.href)).href;
}
