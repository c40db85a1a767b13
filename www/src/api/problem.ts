import type { Schemas } from "./description";
import { z } from "./zod";

/** One thing that is wrong with an event, as the core and the server both report it. */
export type FieldProblem = Schemas["FieldProblem"];

const problemDocument = z.looseObject({
  title: z.string().optional(),
  detail: z.string().optional(),
  code: z.string().optional(),
  problems: z.array(z.object({ field: z.string(), code: z.string(), message: z.string() })).optional(),
});

/** A request that the server refused, or that never reached it (`status` 0). */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly problems: readonly FieldProblem[] = [],
  ) {
    super(message);
  }

  /** Reads an `application/problem+json` answer; anything else still gives a usable error. */
  static async fromResponse(response: Response): Promise<ApiError> {
    const parsed = problemDocument.safeParse(await response.json().catch(() => undefined));
    if (!parsed.success) return new ApiError(`The server answered ${response.status}.`, response.status, "HTTP_ERROR");
    const { detail, title, code, problems } = parsed.data;
    const message = detail ?? title ?? `The server answered ${response.status}.`;
    return new ApiError(message, response.status, code ?? "HTTP_ERROR", problems ?? []);
  }
}
