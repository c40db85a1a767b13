import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { EventInput } from "../../src/index.js";
import { afterTest } from "./schedulers.js";

interface Item {
  readonly rev: number;
  readonly event_id: string;
  readonly deleted: boolean;
  readonly revision?: number | undefined;
  readonly event?: EventInput;
}

/** A back end that keeps the feed contract, in memory; and that can be made to break it. */
export class FeedServer {
  epoch = "e1";
  /** Paths without the query of the requests so far. */
  readonly requests: string[] = [];
  /** Headers of the last request. */
  lastHeaders: IncomingMessage["headers"] = {};
  /** Answers every request with this status, unless `null`. */
  refuseWith: number | null = null;
  /** Sends this checksum with bookmarks. */
  checksum: string | null = null;
  heartbeatMs = 10_000;
  /** Its clock, with which it stamps its answers; `null` where it does not. */
  clock: (() => number) | null = null;
  /** Everything due up to here is settled; told in its answers. */
  watermark: number | null = null;
  readonly streams = new Set<ServerResponse>();
  readonly #items: Item[] = [];
  readonly #events = new Map<string, EventInput>();
  readonly #server: Server;
  readonly #changes: (() => void)[] = [];
  #oldestSeq = 0;
  #port = 0;

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(): Promise<FeedServer> {
    const server = new FeedServer();
    await server.listen();
    afterTest(() => void server.close());
    return server;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#port}/api/v1/scheduler`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) {
      await new Promise((resolve) => this.#server.close(resolve));
    }
  }

  put(event: EventInput): void {
    this.#events.set(event.event_id, event);
    this.#record({ rev: this.#items.length + 1, event_id: event.event_id, deleted: false, event });
  }

  delete(eventId: string, revision?: number): void {
    this.#events.delete(eventId);
    this.#record({ rev: this.#items.length + 1, event_id: eventId, deleted: true, revision });
  }

  /** Forgets the feed so far: cursors into it have expired. */
  forget(): void {
    this.#oldestSeq = this.#items.length;
  }

  /** Drops every stream. */
  dropStreams(): void {
    for (const stream of this.streams) {
      stream.destroy();
    }
  }

  bookmark(): void {
    for (const stream of this.streams) {
      this.#sendBookmark(stream);
    }
  }

  /** Resolves once `holds`; asked after every request and every change of the streams. */
  async until(holds: (server: FeedServer) => boolean): Promise<void> {
    while (!holds(this)) {
      await new Promise<void>((resolve) => this.#changes.push(resolve));
    }
  }

  count(path: string): number {
    return this.requests.filter((request) => request === path).length;
  }

  #changed(): void {
    for (const resolve of this.#changes.splice(0)) {
      resolve();
    }
  }

  #record(item: Item): void {
    this.#items.push(item);
    for (const stream of this.streams) {
      this.#sendItem(stream, item);
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://localhost");
    const path = url.pathname.replace("/api/v1/scheduler", "");
    this.requests.push(path);
    this.lastHeaders = request.headers;
    this.#changed();
    if (this.refuseWith !== null) {
      response.writeHead(this.refuseWith).end();
      return;
    }
    if (path === "/snapshot") {
      this.#json(response, { cursor: this.#cursor(), ...this.#news(), events: [...this.#events.values()] });
      return;
    }
    const since = this.#seqOf(url.searchParams.get("cursor") ?? "");
    if (since === null) {
      response.writeHead(410).end();
    } else if (path === "/changes") {
      this.#page(response, since);
    } else {
      this.#stream(response, since);
    }
  }

  /** Two items a page, so that reading takes several. */
  #page(response: ServerResponse, since: number): void {
    const changes = this.#items.slice(since, since + 2);
    const next = since + changes.length;
    const done = next === this.#items.length;
    this.#json(response, {
      changes,
      next_cursor: `${this.epoch}.${next}`,
      up_to_date: done ? { seq: next, checksum: this.checksum } : null,
      ...this.#news(),
    });
  }

  #news(): object {
    const iso = (at: number): string => new Date(at).toISOString();
    const now = this.clock === null ? null : iso(this.clock());
    return {
      ...(now !== null && { server_time: { received_at: now, sent_at: now } }),
      ...(this.watermark !== null && { watermark: iso(this.watermark) }),
    };
  }

  #stream(response: ServerResponse, since: number): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const item of this.#items.slice(since)) {
      this.#sendItem(response, item);
    }
    this.#sendBookmark(response);
    const heartbeat = setInterval(() => response.write("event: heartbeat\ndata: {}\n\n"), this.heartbeatMs);
    this.streams.add(response);
    response.on("close", () => {
      clearInterval(heartbeat);
      this.streams.delete(response);
      this.#changed();
    });
    this.#changed();
  }

  #sendItem(response: ServerResponse, item: Item): void {
    response.write(`event: change\nid: ${this.epoch}.${item.rev}\ndata: ${JSON.stringify(item)}\n\n`);
  }

  #sendBookmark(response: ServerResponse): void {
    const data = { cursor: this.#cursor(), up_to_date: { seq: this.#items.length, checksum: this.checksum } };
    response.write(`event: bookmark\nid: ${data.cursor}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  #json(response: ServerResponse, body: object): void {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  #cursor(): string {
    return `${this.epoch}.${this.#items.length}`;
  }

  #seqOf(cursor: string): number | null {
    const [epoch, seq] = cursor.split(".");
    return epoch === this.epoch && Number(seq) >= this.#oldestSeq ? Number(seq) : null;
  }
}
