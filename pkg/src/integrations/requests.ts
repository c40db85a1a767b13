import type { SchedulerChange } from "./change.js";
import { changesIn } from "./exchange.js";
import { matchRoute, type RouteMatch, type SchedulerRoute } from "./routes.js";
import { type IntegrationOptions, Sink } from "./sink.js";

/** What the integrations of requests take. */
export interface RequestOptions extends IntegrationOptions {
  /** Routes of your own; they come before the usual ones. */
  readonly routes?: readonly SchedulerRoute[] | undefined;
}

const ADVICE =
  "has succeeded, but which event it was about is not to be found in its path, its answer or what was sent. Answer with " +
  "the event, or pass `events` to find it in the answer, or `routes` with `change: false` where it is none of the " +
  "scheduler's business";

/** Watches requests that change events. */
export class Requests {
  readonly #options: RequestOptions;
  readonly #sink: Sink;

  constructor(options: RequestOptions) {
    this.#options = options;
    this.#sink = new Sink(options);
  }

  /** What a request does to events; `null` where it does nothing. */
  match(method: string, url: string): RouteMatch | null {
    const match = this.#sink.guard(`${method} ${url}`, () => matchRoute(method, url, this.#options.routes ?? []));
    return match ?? null;
  }

  /** A request has succeeded. */
  succeeded({ name, type, eventId }: RouteMatch, request: unknown, response: unknown): void {
    this.#sink.take(name, () => {
      const changes: readonly SchedulerChange[] = changesIn({ type, eventId, request, response }, this.#options.events);
      if (changes.length === 0) {
        this.#sink.adviseOnce(name, ADVICE);
      }
      return changes;
    });
  }

  failed({ name }: RouteMatch, thrown: unknown): void {
    this.#sink.failed(name, thrown);
  }
}

/** What a body says, where it is a JSON text or an object already. */
export function parsed(body: unknown): unknown {
  if (typeof body !== "string") {
    return typeof body === "object" && body !== null && Object.getPrototypeOf(body) === Object.prototype
      ? body
      : undefined;
  }
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
