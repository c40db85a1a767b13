import { SyncError } from "../errors/errors.js";

/** How a transport reaches a back end over HTTP. */
export interface HttpOptions {
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Sent with every request; a function is asked anew each time, for tokens that expire. */
  headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>) | undefined;
  /** Whether cookies are sent to another origin. Default: what `fetch` does by itself. */
  credentials?: RequestCredentials | undefined;
}

/** Makes a request; `before` is called when it is about to go out. Failures are thrown as `SyncError`. */
export async function request(
  url: string,
  own: Readonly<Record<string, string>>,
  { fetch = globalThis.fetch, credentials, headers: given }: HttpOptions,
  signal: AbortSignal,
  before: () => void = () => undefined,
): Promise<Response> {
  const headers = new Headers(typeof given === "function" ? await given() : given);
  for (const [name, value] of Object.entries(own)) {
    headers.set(name, value);
  }
  const init: RequestInit = { headers, signal, cache: "no-store", ...(credentials !== undefined && { credentials }) };
  try {
    before();
    return await fetch(url, init);
  } catch (cause) {
    throw unreachable(cause, signal);
  }
}

/** An aborted request is not a failure: what asked for the abort gets its own reason back. */
export function unreachable(cause: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return signal.reason;
  }
  return new SyncError("NETWORK", "the back end cannot be reached", { retryable: true, cause });
}

const GONE = 410;
/** Request timeout, too early, too many requests. */
const RETRYABLE_CLIENT_ERRORS: readonly number[] = [408, 425, 429];

/** The error for an answer that is none, whose body is not read. */
export async function refused(response: Response): Promise<SyncError> {
  await response.body?.cancel();
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
    retryAfterMs: retryAfterMs(response.headers),
  });
}

/** Nobody means to be left alone for longer. */
const LONGEST_MS = 24 * 3_600_000;

/** `Retry-After` (RFC 9110 §10.2.3): seconds, or a date, which is compared with the answer's own where it has one. */
function retryAfterMs(headers: Headers): number | null {
  const value = headers.get("retry-after")?.trim() ?? "";
  const now = Date.parse(headers.get("date") ?? "") || Date.now();
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), LONGEST_MS);
}

/** The answer as JSON. */
export async function readJson(response: Response, signal: AbortSignal): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw cause instanceof SyntaxError ? badAnswer("the answer is not JSON", cause) : unreachable(cause, signal);
  }
}

/** A proxy or a half-deployed back end can be behind it, so the request is worth another try. */
export function badAnswer(reason: string, cause?: unknown): SyncError {
  return new SyncError("BAD_ANSWER", `the back end does not keep the contract: ${reason}`, { retryable: true, cause });
}
