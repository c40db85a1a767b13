import type { HttpFeed } from "./http-feed.js";
import type { HttpOptions } from "./http-request.js";
import type { Transport } from "./transport.js";

/** How {@link httpTransport} reaches the back end. */
export interface HttpTransportOptions extends HttpOptions {
  /** Where `/snapshot`, `/changes` and `/stream` are. Default `/api/v1/scheduler` on the page's own origin. */
  baseUrl?: string | URL | undefined;
}

/** The change feed over HTTP, with server-sent events. What it needs is loaded with the first request. */
export function httpTransport(options: HttpTransportOptions = {}): Transport {
  const given = String(options.baseUrl ?? "/api/v1/scheduler");
  const base = given.endsWith("/") ? given.slice(0, -1) : given;
  const feed = async (): Promise<HttpFeed> => new (await import("./http-feed.js")).HttpFeed(base, options);
  return {
    key: absolute(base),
    snapshot: async (request) => (await feed()).snapshot(request),
    changes: async (cursor, request) => (await feed()).changes(cursor, request),
    async *stream(cursor, request) {
      yield* (await feed()).stream(cursor, request);
    },
  };
}

function absolute(url: string): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location;
  try {
    return new URL(url, page?.href).href;
  } catch {
    return url;
  }
}
