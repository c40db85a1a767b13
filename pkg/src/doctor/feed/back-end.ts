import { createParser } from "eventsource-parser";

/** An answer of a back end, read to its end. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly bytes: Uint8Array;
  /** `undefined` where it is no JSON. */
  readonly json: unknown;
  /** By this machine's clock, in epoch milliseconds. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** One message of a stream. */
export interface Message {
  readonly type: string;
  readonly id: string | null;
  /** `undefined` where it is no JSON. */
  readonly json: unknown;
}

/** A stream that was opened. */
export interface OpenStream {
  readonly status: number;
  readonly type: string;
  /** The next message; `null` when the stream has ended or so many milliseconds have passed. */
  next(withinMs: number): Promise<Message | null>;
  close(): void;
}

/** A request that got no answer: nobody is there, or it took too long. */
export class NoAnswer extends Error {}

/** The routes of a feed, with the headers and the patience that the user has given. */
export class BackEnd {
  readonly #base: string;
  readonly #headers: Headers;
  readonly #timeoutMs: number;

  constructor(base: string, headers: readonly (readonly [string, string])[], timeoutMs: number) {
    this.#base = base;
    this.#headers = new Headers(headers.map(([name, value]): [string, string] => [name, value]));
    this.#timeoutMs = timeoutMs;
  }

  get(path: string): Promise<Answer> {
    return this.request("GET", this.#base + path);
  }

  /** A request to any address of the same back end; a path counts from its origin. */
  async request(method: string, address: string, body?: unknown): Promise<Answer> {
    const askedAt = Date.now();
    const headers = new Headers(this.#headers);
    headers.set("accept", "application/json");
    if (body !== undefined) {
      headers.set("content-type", "application/json");
    }
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      const url = new URL(address, this.#base);
      const init: RequestInit = {
        method,
        headers,
        signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      const response = await fetch(url, init);
      const bytes = new Uint8Array(await response.arrayBuffer());
      const type = response.headers.get("content-type") ?? "";
      return { status: response.status, type, bytes, json: parsed(bytes), askedAt, answeredAt: Date.now() };
    } catch (thrown) {
      throw this.#noAnswer(thrown);
    }
  }

  async stream(cursor: string): Promise<OpenStream> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(new Error("timeout")), this.#timeoutMs);
    const headers = new Headers(this.#headers);
    headers.set("accept", "text/event-stream");
    try {
      const url = `${this.#base}/stream?cursor=${encodeURIComponent(cursor)}`;
      const response = await fetch(url, { headers, signal: abort.signal });
      const type = response.headers.get("content-type") ?? "";
      const messages = new Messages(response.body, abort);
      return { status: response.status, type, next: (within) => messages.next(within), close: () => messages.close() };
    } catch (thrown) {
      throw this.#noAnswer(thrown);
    } finally {
      clearTimeout(timer);
    }
  }

  #noAnswer(thrown: unknown): NoAnswer {
    const late = thrown instanceof Error && (thrown.name === "TimeoutError" || thrown.message === "timeout");
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown);
    return new NoAnswer(late ? `no answer within ${this.#timeoutMs / 1000} s` : `no answer: ${cause}`);
  }
}

/** Reads a stream message by message. */
class Messages {
  readonly #abort: AbortController;
  readonly #waiting: Message[] = [];
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(body: ReadableStream<Uint8Array> | null, abort: AbortController) {
    this.#abort = abort;
    void this.#read(body);
  }

  async next(withinMs: number): Promise<Message | null> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>((done) => {
        this.#wake = done;
        timer = setTimeout(done, withinMs);
      });
      clearTimeout(timer);
    }
    return this.#waiting.shift() ?? null;
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(body: ReadableStream<Uint8Array> | null): Promise<void> {
    const parser = createParser({
      onEvent: ({ event, id, data }) => {
        this.#waiting.push({ type: event ?? "message", id: id ?? null, json: parsed(new TextEncoder().encode(data)) });
      },
    });
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body ?? []) {
        parser.feed(decoder.decode(chunk, { stream: true }));
        if (this.#waiting.length > 0) {
          this.#wake();
        }
      }
    } catch {
      // It was closed here, or broken off there: either way there is no more of it.
    }
    this.#ended = true;
    this.#wake();
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
