import { parsed, type RequestOptions, Requests } from "./requests.js";
import type { RouteMatch } from "./routes.js";

type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

/** How `fetch` is wrapped. */
export interface FetchOptions extends RequestOptions {
  /** What to wrap. Default: the global `fetch`, looked up at each call. */
  readonly fetch?: Fetch | undefined;
}

/** A `fetch` that tells the scheduler of every request with which an event was created, changed or removed. */
export function schedulerFetch(options: FetchOptions = {}): Fetch {
  const requests = new Requests(options);
  return async (input, init) => {
    const inner = options.fetch ?? globalThis.fetch;
    const request = input instanceof Request ? input : null;
    const match = requests.match(init?.method ?? request?.method ?? "GET", request?.url ?? String(input));
    if (match === null) {
      return inner(input, init);
    }
    const sent = sentBody(request, init);
    const response = await inner(input, init);
    follow(requests, match, sent, response);
    return response;
  };
}

/** Has the page's own `fetch` do that. Returns the function that ends it. */
export function installFetch(options: RequestOptions = {}): () => void {
  const original = globalThis.fetch;
  const watching = schedulerFetch({ ...options, fetch: original });
  let ended = false;
  const installed: Fetch = (input, init) => (ended ? original(input, init) : watching(input, init));
  globalThis.fetch = installed as typeof globalThis.fetch;
  return () => {
    ended = true;
    // Somebody else may have wrapped it meanwhile, and keeps it.
    if (globalThis.fetch === installed) {
      globalThis.fetch = original;
    }
  };
}

/** Taken before the request goes out, which uses its body up. */
async function sentBody(request: Request | null, init: RequestInit | undefined): Promise<unknown> {
  if (init?.body != null || request === null) {
    return parsed(init?.body);
  }
  return isJson(request.headers) ? parsed(await request.clone().text()) : undefined;
}

/** Reads a copy, in its own time. */
function follow(requests: Requests, match: RouteMatch, sent: Promise<unknown>, response: Response): void {
  // A copy must be taken now, before the page reads the body; nobody has to read one that says nothing new.
  const answer = response.ok && match.type !== "delete" && isJson(response.headers) ? copyOf(response) : null;
  if (!response.ok) {
    sent.catch(() => undefined);
    return;
  }
  Promise.all([sent, answer?.text()])
    .then(([request, text]) => requests.succeeded(match, request, parsed(text)))
    .catch((thrown: unknown) => requests.failed(match, thrown));
}

function copyOf(response: Response): Response | null {
  return response.body === null || response.bodyUsed ? null : response.clone();
}

function isJson(headers: Headers): boolean {
  return /\bjson\b/i.test(headers.get("content-type") ?? "");
}
