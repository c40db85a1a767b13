import { createParser } from "eventsource-parser";
import { SyncError } from "../errors/errors.js";
import { badAnswer, changesPage, streamMessage } from "./feed-wire.js";
import type { HttpTransportOptions } from "./http-transport.js";
import type { ChangesPage, RequestOptions, StreamMessage, Transport } from "./transport.js";

/** What `httpTransport` does when it is asked: a chunk of its own, for the pages that have such a back end. */
export class HttpFeed implements Omit<Transport, "key"> {
  readonly #base: string;
  readonly #options: HttpTransportOptions;

  /** `base` has no slash at its end. */
  constructor(base: string, options: HttpTransportOptions) {
    this.#base = base;
    this.#options = options;
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
