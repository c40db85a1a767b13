import { createParser } from "eventsource-parser";
import { SyncError } from "../errors/errors.js";
import { changesPage, streamMessage } from "./feed-wire.js";
import { badAnswer, readJson, refused, request, unreachable } from "./http-request.js";
import type { HttpTransportOptions } from "./http-transport.js";
import { RequestClock } from "./request-clock.js";
import { headOf, tellServerNews } from "./server-news.js";
import type { ChangesPage, RequestOptions, ServerNews, StreamMessage, Transport } from "./transport.js";

/** What `httpTransport` does when it is asked: a chunk of its own, for the pages that have such a back end. */
export class HttpFeed implements Omit<Transport, "key"> {
  readonly #base: string;
  readonly #options: HttpTransportOptions;

  /** `base` has no slash at its end. */
  constructor(base: string, options: HttpTransportOptions) {
    this.#base = base;
    this.#options = options;
  }

  async snapshot({ signal, onServerNews }: RequestOptions): Promise<Response> {
    const { response, clock } = await this.#timed("/snapshot", signal);
    return onServerNews === undefined ? response : headTold(response, clock, onServerNews, signal);
  }

  async changes(cursor: string, { signal, onServerNews }: RequestOptions): Promise<ChangesPage> {
    const { response, clock } = await this.#timed(`/changes?cursor=${encodeURIComponent(cursor)}`, signal);
    const json = await readJson(response, signal);
    if (onServerNews !== undefined) {
      await tellServerNews(json, clock, onServerNews);
    }
    return changesPage(json);
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

  async #timed(
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly response: Response; readonly clock: RequestClock }> {
    let clock = new RequestClock(this.#base + path);
    const response = await this.#request(path, "application/json", signal, () => {
      // The headers may have had to be waited for.
      clock = new RequestClock(this.#base + path);
    });
    clock.answered();
    return { response, clock };
  }

  async #request(path: string, accept: string, signal: AbortSignal, before?: () => void): Promise<Response> {
    const response = await request(this.#base + path, { accept }, this.#options, signal, before);
    if (!response.ok) {
      throw await refused(response);
    }
    return response;
  }
}

/** The same answer, when what its beginning says of the clock is told: before its events are read. */
async function headTold(
  response: Response,
  clock: RequestClock,
  tell: (news: ServerNews) => Promise<void>,
  signal: AbortSignal,
): Promise<Response> {
  const reader = response.body?.getReader();
  if (reader === undefined) {
    return response;
  }
  let first: ReadableStreamReadResult<Uint8Array>;
  try {
    first = await reader.read();
  } catch (thrown) {
    throw unreachable(thrown, signal);
  }
  if (first.value !== undefined) {
    await tellServerNews(headOf(first.value), clock, tell);
  }
  let next: ReadableStreamReadResult<Uint8Array> | null = first;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = next ?? (await reader.read());
      next = null;
      done ? controller.close() : controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  const { status, headers } = response;
  return new Response(body, { status, headers });
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
