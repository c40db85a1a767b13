import {
  type ApiMisuseCode,
  ApiMisuseError,
  InvalidInputError,
  LimitExceededError,
  type Problem,
  type SchedulerError,
  SnapshotError,
} from "./errors.js";

/** What the core throws: a plain object, so that no class has to cross the boundary. */
export interface RawError {
  readonly kind: "InvalidInput" | "ApiMisuse" | "LimitExceeded" | "Snapshot";
  readonly code: string;
  readonly message: string;
  readonly problems?: readonly Problem[];
  readonly event_id?: string | null;
  readonly limit?: number;
  readonly actual?: number;
}

function isRawError(thrown: unknown): thrown is RawError {
  return typeof thrown === "object" && thrown !== null && "kind" in thrown && "code" in thrown && "message" in thrown;
}

/**
 * Turns what the core has thrown into the error class that the caller sees. Answers `null` for anything that is not
 * an answer of the core but a failure in it: a trap, a refused borrow, memory that has run out.
 */
export function fromRaw(thrown: unknown): SchedulerError | null {
  if (!isRawError(thrown)) {
    return null;
  }
  switch (thrown.kind) {
    case "InvalidInput":
      return new InvalidInputError(thrown.problems ?? [], thrown.event_id ?? null);
    case "ApiMisuse":
      return new ApiMisuseError(thrown.code as ApiMisuseCode, thrown.message);
    case "LimitExceeded":
      return new LimitExceededError(thrown.message, thrown.limit ?? 0, thrown.actual ?? 0);
    case "Snapshot":
      return new SnapshotError(thrown.code as SnapshotError["code"], thrown.message);
  }
}
