import type { z } from "zod";
import { ApiError } from "./problem";

const TIMEOUT_MS = 15_000;
const UNAUTHORIZED = 401;

interface RequestOptions {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: unknown;
  readonly signal?: AbortSignal;
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

/** Sends one JSON request to this origin and checks the shape of the answer. Throws `ApiError`, whatever went wrong. */
export async function requestJson<T>(path: string, schema: z.ZodType<T>, options: RequestOptions = {}): Promise<T> {
  const response = await request(path, options);
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    throw new ApiError(`The server's answer to ${path} has an unexpected form.`, response.status, "UNEXPECTED_ANSWER");
  }
  return parsed.data;
}

/** Like `requestJson`, for what is answered without a body. */
export async function requestNothing(path: string, options: RequestOptions = {}): Promise<void> {
  await request(path, options);
}

async function request(path: string, options: RequestOptions): Promise<Response> {
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

async function send(path: string, { method = "GET", body, signal }: RequestOptions): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const csrfToken = method === "GET" ? null : session.csrfToken();
  try {
    return await fetch(path, {
      method,
      credentials: "same-origin",
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(csrfToken === null ? {} : { "x-csrf-token": csrfToken }),
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
