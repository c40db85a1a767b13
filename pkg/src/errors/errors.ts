/** Why one field is refused. The same codes in the core, here and in HTTP answers. */
export type ProblemCode =
  | "ID_REQUIRED"
  | "ID_TOO_LONG"
  | "ID_CONTROL_CHARACTER"
  | "ID_MISMATCH"
  | "WRONG_TYPE"
  | "DATE_MALFORMED"
  | "DATE_OUT_OF_RANGE"
  | "DATE_LOOKS_LIKE_SECONDS"
  | "DATE_NONEXISTENT"
  | "DATE_AMBIGUOUS"
  | "TIME_ZONE_REQUIRED"
  | "TIME_ZONE_UNKNOWN"
  | "DATE_ORDER"
  | "REVISION_INVALID"
  | "EVENT_TOO_LARGE"
  | "JSON_SYNTAX"
  | "TEXT_TOO_LONG"
  | "SETTING_INVALID"
  | "RANGE_INVALID"
  | "RULE_PART_UNKNOWN"
  | "RULE_PART_REPEATED"
  | "RULE_PART_INVALID"
  | "RULE_PART_CONFLICT"
  | "RULE_PART_REQUIRED"
  | "CRON_FIELD_INVALID";

/** What is wrong with one field. */
export interface Problem {
  /** Wire name of the field; empty when the problem is the value as a whole. */
  readonly field: string;
  readonly code: ProblemCode;
  /** What was found and what to write instead. */
  readonly message: string;
}

/** What every error of this package has in common. `code` is stable; `message` is for people and may change. */
export abstract class SchedulerError extends Error {
  abstract readonly code: string;
}

/** Fix the argument. Nothing was changed. */
export class InvalidInputError extends SchedulerError {
  override readonly name = "InvalidInputError";
  readonly code = "INVALID_INPUT";
  /** Every problem that was found, at least one. */
  readonly problems: readonly Problem[];
  /** The id of the event, where it could be read. */
  readonly eventId: string | null;

  constructor(problems: readonly Problem[], eventId: string | null = null) {
    super(problems.map(describe).join("; "));
    this.problems = problems;
    this.eventId = eventId;
  }
}

function describe(problem: Problem): string {
  return problem.field === "" ? problem.message : `${problem.field}: ${problem.message}`;
}

/** Which rule the calling code has broken. */
export type ApiMisuseCode =
  | "DISPOSED"
  | "NOT_INITIALISED"
  | "ALREADY_INITIALISED"
  | "LOAD_IN_PROGRESS"
  | "LOAD_NOT_STARTED"
  | "WRONG_ARGUMENT"
  | "BODY_USED"
  | "NO_PROVIDER";

/** Fix the calling code. */
export class ApiMisuseError extends SchedulerError {
  override readonly name = "ApiMisuseError";
  readonly code: ApiMisuseCode;

  constructor(code: ApiMisuseCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Raise the limit or send less. Nothing was changed. */
export class LimitExceededError extends SchedulerError {
  override readonly name = "LimitExceededError";
  readonly code = "LIMIT_EXCEEDED";
  /** The largest value that is allowed. */
  readonly limit: number;
  /** What the call would have made it. */
  readonly actual: number;

  constructor(message: string, limit: number, actual: number) {
    super(message);
    this.limit = limit;
    this.actual = actual;
  }
}

/** A stored state cannot be used: set it aside and resynchronise. */
export class SnapshotError extends SchedulerError {
  override readonly name = "SnapshotError";
  readonly code: "SNAPSHOT_CORRUPT" | "SNAPSHOT_TOO_NEW";

  constructor(code: "SNAPSHOT_CORRUPT" | "SNAPSHOT_TOO_NEW", message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Why nothing is kept: `unavailable` there is no storage, or the page may not use it; `blocked` another tab does not let
 * go of an older version; `closed` the browser or a newer version has closed it; `quota` there is no room left; `corrupt`
 * what was kept cannot be read; `failed` anything else.
 */
export type StoreErrorReason = "unavailable" | "blocked" | "closed" | "quota" | "corrupt" | "failed";

/** The browser's storage refused. The scheduler goes on in memory. */
export class StoreError extends SchedulerError {
  override readonly name = "StoreError";
  readonly code = "STORE_ERROR";
  readonly reason: StoreErrorReason;

  constructor(reason: StoreErrorReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}

/** What went wrong between page and back end. */
export type SyncErrorCode = "NETWORK" | "HTTP_STATUS" | "CURSOR_EXPIRED" | "BAD_ANSWER" | "STREAM_SILENT";

/** The back end could not be reached or did not keep the contract. The last good state stays in use. */
export class SyncError extends SchedulerError {
  override readonly name = "SyncError";
  readonly code: SyncErrorCode;
  /** Whether the same request can succeed later. */
  readonly retryable: boolean;
  /** HTTP status of the answer, where there was one. */
  readonly status: number | null;
  /** How long, in milliseconds, the back end wants to be left alone, where it has said so. */
  readonly retryAfterMs: number | null;

  constructor(
    code: SyncErrorCode,
    message: string,
    details: { retryable: boolean; status?: number | null; retryAfterMs?: number | null; cause?: unknown },
  ) {
    super(message, { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable;
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
  }
}

/** Why the WebAssembly module could not be had. */
export type WasmLoadErrorCode =
  | "WASM_UNAVAILABLE"
  | "WASM_BLOCKED"
  | "WASM_SYNC_REFUSED"
  | "WASM_FETCH_FAILED"
  | "WASM_INVALID";

/** The WebAssembly module could not be loaded. */
export class WasmLoadError extends SchedulerError {
  override readonly name = "WasmLoadError";
  readonly code: WasmLoadErrorCode;

  constructor(code: WasmLoadErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** A bug of this package. The scheduler has been built anew where that was possible; `health()` says so. */
export class InternalError extends SchedulerError {
  override readonly name = "InternalError";
  readonly code = "INTERNAL";

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}
