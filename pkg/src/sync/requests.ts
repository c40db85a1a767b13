import { SyncError } from "../errors/errors.js";
import type { LoadSource } from "../load/load-source.js";
import type { ChangesPage, RequestOptions, ServerNews, Transport } from "../ports/transport.js";
import type { SyncTarget } from "./sync-target.js";

/** A request that is not answered by then has failed. */
const ANSWER_MS = 30_000;

/** Requests to a back end, each with an end. What their answers say of its clock goes to the scheduler. */
export class Requests {
  readonly #transport: Transport;
  readonly #target: SyncTarget;

  constructor(transport: Transport, target: SyncTarget) {
    this.#transport = transport;
    this.#target = target;
  }

  /** Has `use` read the answer, body and all, which `signal` ends too. */
  snapshot<T>(signal: AbortSignal, use: (source: LoadSource) => Promise<T>): Promise<T> {
    return this.#ask(signal, (options) => this.#transport.snapshot(options), use);
  }

  changes(cursor: string, signal: AbortSignal): Promise<ChangesPage> {
    return this.#ask(
      signal,
      (options) => this.#transport.changes(cursor, options),
      async (page) => page,
    );
  }

  async #ask<A, T>(
    signal: AbortSignal,
    request: (options: RequestOptions) => Promise<A>,
    use: (answer: A) => Promise<T>,
  ): Promise<T> {
    const limited = new AbortController();
    const end = (): void => limited.abort(signal.reason);
    signal.addEventListener("abort", end);
    const late = new SyncError("NETWORK", `no answer within ${ANSWER_MS / 1000} s`, { retryable: true });
    const timer = setTimeout(() => limited.abort(late), ANSWER_MS);
    const onServerNews = async (news: ServerNews): Promise<void> => {
      if (!signal.aborted) {
        await this.#target.serverNews(news);
      }
    };
    try {
      const answer = await request({ signal: limited.signal, onServerNews });
      clearTimeout(timer);
      return await use(answer);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
    }
  }
}
