import type { z } from "zod";
import { type Answer, fillIn, type Method, type Path, type PathValues } from "./description";
import { ApiError } from "./problem";

const TIMEOUT_MS = 15_000;

interface RequestOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
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
  options: RequestOptions = {},
): Promise<Answer<P, M>> {
  const response = await send(method.toUpperCase(), fillIn(path, values), options);
  if (!response.ok) throw await ApiError.fromResponse(response);
  const body: unknown = await response.json().catch(() => undefined);
  if (!schema.safeParse(body).success) {
    throw new ApiError(`The server's answer to ${path} has an unexpected form.`, response.status, "UNEXPECTED_ANSWER");
  }
  return body as Answer<P, M>;
}

async function send(method: string, address: string, { body, signal }: RequestOptions): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await fetch(address, {
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
