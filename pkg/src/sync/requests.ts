import { SyncError } from "../errors/errors.js";
import type { LoadSource } from "../load/load-source.js";
import type { ChangesPage, RequestOptions, Transport } from "../ports/transport.js";
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

  /** `signal` also ends the reading of the body. */
  snapshot(signal: AbortSignal): Promise<LoadSource> {
    return this.#ask(signal, true, (options) => this.#transport.snapshot(options));
  }

  changes(cursor: string, signal: AbortSignal): Promise<ChangesPage> {
    return this.#ask(signal, false, (options) => this.#transport.changes(cursor, options));
  }

  /** `hasBody` where there is more to be read when the answer is there. */
  async #ask<T>(signal: AbortSignal, hasBody: boolean, request: (options: RequestOptions) => Promise<T>): Promise<T> {
    const limited = new AbortController();
    const end = (): void => limited.abort(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    const late = new SyncError("NETWORK", `no answer within ${ANSWER_MS / 1000} s`, { retryable: true });
    const timer = setTimeout(() => limited.abort(late), ANSWER_MS);
    let answered = false;
    try {
      const answer = await request({
        signal: limited.signal,
        onServerNews: async (news) => {
          if (!signal.aborted) {
            await this.#target.serverNews(news);
          }
        },
      });
      answered = true;
      return answer;
    } finally {
      clearTimeout(timer);
      if (!(answered && hasBody)) {
        signal.removeEventListener("abort", end);
      }
    }
  }
}
