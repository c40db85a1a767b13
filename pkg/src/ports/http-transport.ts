import { createParser } from "eventsource-parser";
import { SyncError } from "../errors/errors.js";
import { badAnswer, changesPage, streamMessage } from "./feed-wire.js";
import type { ChangesPage, RequestOptions, StreamMessage, Transport } from "./transport.js";

/** How {@link httpTransport} reaches the back end. */
export interface HttpTransportOptions {
  /** Where `/snapshot`, `/changes` and `/stream` are. Default `/api/v1/scheduler` on the page's own origin. */
  baseUrl?: string | URL | undefined;
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Sent with every request; a function is asked anew each time, for tokens that expire. */
  headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>) | undefined;
  /** Whether cookies are sent to another origin. Default: what `fetch` does by itself. */
  credentials?: RequestCredentials | undefined;
}

/** The change feed over HTTP, with server-sent events. */
export function httpTransport(options: HttpTransportOptions = {}): Transport {
  return new HttpTransport(options);
}

class HttpTransport implements Transport {
  readonly key: string;
  readonly #base: string;
  readonly #options: HttpTransportOptions;

  constructor(options: HttpTransportOptions) {
    const base = String(options.baseUrl ?? "/api/v1/scheduler");
    this.#base = base.endsWith("/") ? base.slice(0, -1) : base;
    this.#options = options;
    this.key = absolute(this.#base);
  }

  async snapshot({ signal }: RequestOptions): Promise<Response> {
    return this.#request("/snapshot", "application/json", signal);
  }

  async changes(cursor: string, { signal }: RequestOptions): Promise<ChangesPage> {
    const response = await this.#request(`/changes?cursor=${encodeURIComponent(cursor)}`, "application/json", signal);
    return changesPage(await readJson(response, signal));
  }

  async *stream(cursor: string, { signal }: RequestOptions): AsyncGenerator<StreamMessage> {
    const path = `/stream?cursor=${encodeURIComponent(cursor)}`;
    const response = await this.#request(path, "text/event-stream", signal);
    if (!(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) {
      await response.body?.cancel();
      throw badAnswer("the stream is not `text/event-stream`");
    }
    if (response.body !== null) {
      yield* messagesOf(response.body, signal);
    }
  }

  async #request(path: string, accept: string, signal: AbortSignal): Promise<Response> {
    const { fetch = globalThis.fetch, credentials, headers: given } = this.#options;
    const headers = new Headers(typeof given === "function" ? await given() : given);
    headers.set("accept", accept);
    const init: RequestInit = { headers, signal, cache: "no-store" };
    if (credentials !== undefined) {
      init.credentials = credentials;
    }
    let response: Response;
    try {
      response = await fetch(this.#base + path, init);
    } catch (cause) {
      throw unreachable(cause, signal);
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw refused(response);
    }
    return response;
  }
}

async function* messagesOf(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<StreamMessage> {
  const pending: StreamMessage[] = [];
  const parser = createParser({
    onEvent: ({ event, id, data }) => {
      const message = streamMessage(event, id, data);
      if (message !== null) {
        pending.push(message);
      }
    },
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      parser.feed(decoder.decode(value, { stream: true }));
      yield* pending.splice(0);
    }
  } catch (thrown) {
    throw thrown instanceof SyncError ? thrown : unreachable(thrown, signal);
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

async function readJson(response: Response, signal: AbortSignal): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw cause instanceof SyntaxError ? badAnswer("the answer is not JSON", cause) : unreachable(cause, signal);
  }
}

/** An aborted request is not a failure: what asked for the abort gets its own reason back. */
function unreachable(cause: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return signal.reason;
  }
  return new SyncError("NETWORK", "the back end cannot be reached", { retryable: true, cause });
}

const GONE = 410;
/** Request timeout, too early, too many requests. */
const RETRYABLE_CLIENT_ERRORS: readonly number[] = [408, 425, 429];

function refused(response: Response): SyncError {
  const { status } = response;
  if (status === GONE) {
    return new SyncError("CURSOR_EXPIRED", "the back end no longer knows this position in its feed", {
      retryable: true,
      status,
    });
  }
  return new SyncError("HTTP_STATUS", `${response.url} answered ${status}`, {
    retryable: status >= 500 || RETRYABLE_CLIENT_ERRORS.includes(status),
    status,
  });
}

function absolute(url: string): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location;
  try {
    return new URL(url, page?.href).href;
  } catch {
    return url;
  }
}
