/**
 * The shape of the generated glue, written by hand so that nothing generated shows in the package's own types, and so
 * that what the façade relies on can be read in one place.
 */

import type { ServerTimeHealth } from "../engine/server-time.js";
import type { Problem } from "../errors/errors.js";
import type { DeadLetter, Decision, MissedCounts, SchedulerPause } from "../types/deliveries.js";
import type { ExplainedEvent, ExplainedTrigger, Explanation, TriggerState } from "../types/explanation.js";
import type { RecurrencePreview } from "../types/recurrence.js";
import type { PlannedPoll } from "../types/sync-preview.js";

export interface RawQueued {
  readonly triggerId: string;
  readonly eventId: string;
  readonly kind: string;
  /** Epoch milliseconds. */
  readonly dueAt: number;
}

export interface RawQuarantined {
  readonly eventId: string;
  readonly problems: readonly Problem[];
}

export interface RawStatus {
  readonly running: boolean;
  readonly triggersQueued: number;
  readonly eventsTracked: number;
  readonly eventsQuarantined: number;
  readonly fired: number;
  readonly deliveriesWaiting: number;
  readonly deliveriesInFlight: number;
  readonly deadLetters: number;
  readonly missed: MissedCounts;
  readonly paused: SchedulerPause | null;
  readonly acting: boolean;
  readonly nextTrigger: RawQueued | null;
  /** Epoch milliseconds. */
  readonly watermark: number | null;
  readonly tickMs: number;
  readonly maxDowntimeHours: number;
}

export interface RawLoadReport {
  readonly loaded: number;
  readonly quarantined: number;
  readonly removed: number;
  readonly cursor: string | null;
}

/** The code of a phase stands wherever `T` has the status. */
type WithPhase<T> = Omit<T, "status"> & { readonly status: number };

export type RawTriggerState =
  | Exclude<TriggerState, { readonly type: "gate_closed" }>
  | WithPhase<Extract<TriggerState, { readonly type: "gate_closed" }>>;

export type RawExplanation = Omit<Explanation, "event" | "triggers"> & {
  readonly event: WithPhase<ExplainedEvent> | null;
  readonly triggers: readonly (Omit<ExplainedTrigger, "state"> & { readonly state: RawTriggerState })[];
};

export interface RawSimulation {
  readonly triggers: readonly { readonly trigger: RawQueued; readonly before: number; readonly after: number }[];
  readonly complete: boolean;
}

export interface RawConflicts {
  readonly pairs: readonly {
    readonly venue: string;
    readonly first: string;
    readonly second: string;
    readonly from: number;
    readonly until: number;
  }[];
  readonly total: number;
}

/** `ids` holds one event id per record, joined by line feeds; `records` holds {@link RECORD_STRIDE} numbers each. */
export type RawListener = (ids: string, records: Float64Array) => void;

/** Calls that take a `byteLength` read their text from the scratch buffer. */
export interface RawScheduler {
  scratch(byteLength: number): number;
  upsert_fields(byteLength: number, source: number): number;
  upsert_json(byteLength: number, source: number): number;
  /** `revision` is NaN where the removal has none. */
  remove(byteLength: number, revision: number, source: number): number;
  approve(byteLength: number): number;
  decline(byteLength: number): number;
  /** `origin` is one of `LOADED_FROM`. */
  load_begin(expectedBytes: number, origin: number): void;
  load_reserve(byteLength: number): number;
  load_commit(byteLength: number): void;
  load_finish(): RawLoadReport;
  load_abort(): void;
  event_json(byteLength: number): string | undefined;
  phase(byteLength: number): number;
  event_ids(): string;
  phases(): Uint8Array;
  event_triggers(byteLength: number): RawQueued[];
  flush(): void;
  status(): RawStatus;
  queue(limit: number): RawQueued[];
  next_trigger(): RawQueued | null;
  /** When to tick next, in epoch milliseconds; NaN before the first tick. */
  next_deadline(): number;
  quarantined(): RawQuarantined[];
  start(): void;
  stop(): void;
  tick(): void;
  checksum(): string;
  retry_delay_ms(attempt: number, random: number): number;
  set_max_downtime_hours(hours: number): void;
  /** Bit `n` of `kinds` for the kind of number `n`. */
  set_handled(kinds: number): void;
  /** This and the next two answer what has become of the delivery: see `FollowUp`. */
  acknowledge(byteLength: number): number;
  fail(byteLength: number, attempt: number, random: number): number;
  retry(byteLength: number): number;
  /** The same of an occurrence that another tab has settled. */
  settled(byteLength: number): number;
  /** Whether deliveries are handed out here. Beginning to act ends with a tick. */
  set_acting(acting: boolean): void;
  /** What is known of all occurrences, without the events: to be stored, and adopted elsewhere. */
  state(): Uint8Array;
  /**
   * Takes over what `state` of the tab that acted until then gave. The caller loads the events that are not known yet, with
   * `cached`, and ticks. Throws an error of kind `Snapshot`, and has changed nothing, where the bytes cannot be used.
   */
  adopt(state: Uint8Array): void;
  pause(byteLength: number): void;
  resume(skip: boolean): void;
  backfill(from: number, until: number, again: boolean): number;
  synced(): void;
  /** This and the next seven need {@link RawModule.later}. */
  explain(byteLength: number, errorMs: number): RawExplanation;
  simulate(byteLength: number, until: number): RawSimulation;
  conflicts(byteLength: number, limit: number): RawConflicts;
  /** This needs the part `recurrence`. */
  preview_recurrence(byteLength: number, after: number, limit: number): RecurrencePreview;
  preview_sync(from: number, phase: number, limit: number): PlannedPoll[];
  /** The first request after `from` to a back end without a stream; `phase` from 0 up to 1 is the client's own. */
  next_poll(from: number, phase: number): number;
  /** The back end's time. `wall` in epoch milliseconds, `monotonic` as of `performance.now()`. */
  server_now(wall: number, monotonic: number): number;
  /** Answers whether the sample is used. */
  observe_server(
    sentWall: number,
    sentMonotonic: number,
    receivedWall: number,
    receivedMonotonic: number,
    serverReceived: number,
    serverSent: number,
  ): boolean;
  /** As of the last `server_now`. */
  server_health(): ServerTimeHealth;
  dead_letters(): DeadLetter[];
  /** Of the event whose id was written; of all where the length is 0. */
  history(byteLength: number, limit: number): Decision[];
  free(): void;
}

/** The loaded module. */
export interface RawModule {
  readonly memory: WebAssembly.Memory;
  readonly ClientEventScheduler: new (settings: string, now: () => number, listener: RawListener) => RawScheduler;
  /** Resolves when a part of the module is there that only some calls need. */
  readonly later: (part: "insight" | "recurrence") => Promise<void>;
  readonly core_version: () => string;
  readonly zone_table_version: () => string;
  /** Text of a phase code: `status/sub_status`. */
  readonly phase_name: (code: number) => string | undefined;
}

/** Who a definition comes from. */
export const SOURCE_LOCAL = 0;
export const SOURCE_FEED = 1;

/**
 * Who says what the events of a bulk load are: those that an earlier visit has kept, of the time of the adopted state; what the back end
 * says now, which may be another one than before; or the same back end, whose feed goes on besides.
 */
export const LOADED_FROM = { kept: 0, backEnd: 1, sameFeed: 2 } as const;
export type LoadOrigin = keyof typeof LOADED_FROM;

/** Numbers per record that the listener gets. */
export const RECORD_STRIDE = 12;
