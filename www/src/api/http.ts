import { type Answer, fillIn, type Method, type Path, type PathValues } from "./description";
import { ApiError } from "./problem";
import type { z } from "./zod";

const TIMEOUT_MS = 15_000;
const UNAUTHORIZED = 401;

/** The parameters behind the question mark of an address; what is undefined or empty is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface Content {
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

interface RequestOptions extends Content {
  readonly method?: string;
}

/** What requests have to know of the session, and tell of it. */
export interface SessionLink {
  /** Sent with every change, so that no page of another site can make one. */
  csrfToken(): string | null;
  /** The server no longer knows the session. */
  lost(): void;
  /** Reads the session anew; whether it is still the same user's. */
  renewed(): Promise<boolean>;
}

let session: SessionLink = { csrfToken: () => null, lost: () => undefined, renewed: async () => false };

/** Connects the requests with the session that the page keeps. */
export function linkSession(link: SessionLink): void {
  session = link;
}

/**
 * Sends one JSON request to this origin. The answer's type is that of the API's description; `schema` checks what must not be
 * missing. Throws `ApiError`, whatever went wrong.
 */
export async function request<P extends Path, M extends Method<P>>(
  method: M,
  path: P,
  values: PathValues<P> & Readonly<Record<string, string>>,
  schema: z.ZodType<Partial<Answer<P, M>>>,
  content: Content = {},
): Promise<Answer<P, M>> {
  const response = await perform(fillIn(path, values), { ...content, method: method.toUpperCase() });
  const { body } = await read(path, response, schema);
  return body as Answer<P, M>;
}

/** Sends one JSON request to this origin and checks the shape of the answer. Throws `ApiError`, whatever went wrong. */
export async function requestJson<T>(path: string, schema: z.ZodType<T>, options: RequestOptions = {}): Promise<T> {
  const { parsed } = await read(path, await perform(path, options), schema);
  return parsed;
}

/** Like `requestJson`, for what is answered without a body. */
export async function requestNothing(path: string, options: RequestOptions = {}): Promise<void> {
  await perform(path, options);
}

/** The answer as it came, and as `schema` has it. */
async function read<T>(path: string, response: Response, schema: z.ZodType<T>): Promise<{ body: unknown; parsed: T }> {
  const body: unknown = await response.json().catch(() => undefined);
  const { success, data } = schema.safeParse(body);
  if (success) return { body, parsed: data };
  throw new ApiError(`The server's answer to ${path} has an unexpected form.`, response.status, "UNEXPECTED_ANSWER");
}

async function perform(path: string, options: RequestOptions): Promise<Response> {
  const response = await send(path, options);
  if (response.ok) return response;
  const error = await ApiError.fromResponse(response);
  // Another tab has begun a new session: the cookie is the new one's already, the token is not.
  if (error.code === "CSRF_TOKEN_INVALID" && (await session.renewed())) {
    const again = await send(path, options);
    if (again.ok) return again;
    throw await ApiError.fromResponse(again);
  }
  if (response.status === UNAUTHORIZED && error.code !== "SIGN_IN_FAILED") session.lost();
  throw error;
}

/** The address with its parameters behind it. */
export function withQuery(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  if (given.length === 0) return path;
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/** The header without which no change is taken from this page. */
export function csrfHeader(): Readonly<Record<string, string>> {
  const csrfToken = session.csrfToken();
  return csrfToken === null ? {} : { "x-csrf-token": csrfToken };
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const { method = "GET", query, headers, body, signal } = options;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await fetch(withQuery(path, query), {
      method,
      credentials: "same-origin",
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(method === "GET" ? {} : csrfHeader()),
        ...headers,
      },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw timeout.aborted
      ? new ApiError("The server did not answer in time.", 0, "TIMEOUT")
      : new ApiError("The server cannot be reached.", 0, "UNREACHABLE");
  }
}
