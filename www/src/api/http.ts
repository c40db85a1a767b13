import type { z } from "zod";
import { ApiError } from "./problem";

const TIMEOUT_MS = 15_000;

interface RequestOptions {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Sends one JSON request to this origin and checks the shape of the answer. Throws `ApiError`, whatever went wrong. */
export async function requestJson<T>(path: string, schema: z.ZodType<T>, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  if (!response.ok) throw await ApiError.fromResponse(response);
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    throw new ApiError(`The server's answer to ${path} has an unexpected form.`, response.status, "UNEXPECTED_ANSWER");
  }
  return parsed.data;
}

async function send(path: string, { method = "GET", body, signal }: RequestOptions): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await fetch(path, {
      method,
      headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
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
