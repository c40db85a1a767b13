import type { Problem } from "../errors/errors.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { SchedulerStorage } from "../ports/storage.js";
import type { Transport } from "../ports/transport.js";
import type { SyncHealth } from "../sync/sync-health.js";
import type { LeaseHealth, StorageHealth } from "../tabs/tab-health.js";
import type { TabPorts } from "../tabs/tab-ports.js";
import type { TickHealth } from "../tabs/tick-meter.js";
import type { MissedCounts, MissedPolicy, RetryOptions, SchedulerPause } from "./deliveries.js";
import type { PollingOptions } from "./sync-preview.js";
import type { QueuedTrigger, TriggerKind } from "./triggers.js";

/** How a scheduler is set up. Every setting has a default. */
export interface SchedulerOptions {
  /** Names the scheduler in logs, and keeps the tabs of one application apart from those of another. Default `"default"`. */
  name?: string | undefined;
  /** IANA zone for local times of events that have no `timezone`. Without it such times are an error. */
  defaultTimeZone?: string | undefined;
  /**
   * What a local time means that a clock change skips or repeats. `compatible` (default, as in Temporal): skipped ones
   * move forward by the gap, repeated ones take the first.
   */
  disambiguation?: "compatible" | "earlier" | "later" | "reject" | undefined;
  /** Milliseconds between ticks, 1 000 to 60 000. Default 10 000. */
  tickMs?: number | undefined;
  /** `exact` (default) also wakes for the next due trigger; `tick` fires on ticks alone. */
  precision?: "exact" | "tick" | undefined;
  /** A due time that an edit places in the past still fires when it is at most this many milliseconds old. Default 300 000. */
  backdateGraceMs?: number | undefined;
  /** Largest number of events. Default 100 000, at most 1 000 000. */
  maxEvents?: number | undefined;
  /** How old a missed trigger may be and still be delivered, in hours. Default 24. */
  maxDowntimeHours?: number | undefined;
  /** Milliseconds between two deliveries of missed triggers, 0 to 60 000; 0 delivers them all at once. Default 100. */
  recoveryDelayMs?: number | undefined;
  /** Which missed triggers are delivered: one policy, or one for some kinds of trigger. Default `"all"`. */
  missedPolicy?: MissedPolicy | { readonly [kind in TriggerKind]?: MissedPolicy | undefined } | undefined;
  /** When a delivery whose handler has failed is tried again. */
  retry?: RetryOptions | undefined;
  /** Keeps the events in step with a back end, for example `httpTransport()`. */
  transport?: Transport | undefined;
  /** How often the back end is asked where it has no stream, or none that works. */
  polling?: PollingOptions | undefined;
  /**
   * Where events, and what has fired, survive a reload. Default: IndexedDB in a browser, nowhere elsewhere. `false`:
   * nowhere. Schedulers of one origin and one `name` share it.
   */
  storage?: SchedulerStorage | false | undefined;
  /**
   * How the tabs of a browser profile agree which of them runs handlers. Default: by the browser's locks and channels.
   * `false`: each tab runs them.
   */
  tabs?: Partial<TabPorts> | false | undefined;
  /** Where the time comes from. Default: the device's clock, put right by what the back end says of its own. */
  clock?: Clock | undefined;
  /** Where log lines go. Default: the console. `false` switches them off. */
  logger?: Logger | false | undefined;
}

/** What a call has done to the event set. `stale`: a newer revision is known already, nothing was changed. */
export type MutationOutcome = "added" | "updated" | "unchanged" | "stale" | "removed" | "not_found";

/** The result of adding, updating, removing, approving or declining an event. */
export interface MutationResult {
  readonly outcome: MutationOutcome;
  /** The scheduler's next trigger. Looked up when it is first read. */
  readonly nextTrigger: QueuedTrigger | null;
}

/** What a bulk load has done. The events loaded are the whole set: others are removed. */
export interface LoadReport {
  /** Events that are tracked now because of this load. */
  readonly loaded: number;
  /** Invalid events: kept, without triggers, listed by `health().quarantined`. */
  readonly quarantined: number;
  /** Events that were known and are not part of the load. */
  readonly removed: number;
  /** Position in the back end's change feed, where the load was a snapshot of the feed. */
  readonly cursor: string | null;
}

/** What the scheduler is doing. */
export interface SchedulerStatus {
  readonly running: boolean;
  /** Events that are tracked, those without triggers included. */
  readonly eventsTracked: number;
  /** Events that are kept without triggers because they are invalid. */
  readonly eventsQuarantined: number;
  readonly triggersQueued: number;
  /** Triggers that have fired and were delivered since the scheduler was made. */
  readonly triggersFired: number;
  /** Deliveries that wait for their turn. */
  readonly deliveriesWaiting: number;
  /** Deliveries whose handlers have not answered, or that will be tried again. */
  readonly deliveriesInFlight: number;
  /** Deliveries that were given up: see `deadLetters()`. */
  readonly deadLetters: number;
  readonly nextTrigger: QueuedTrigger | null;
  /** The first ten of the queue. */
  readonly queuePreview: readonly QueuedTrigger[];
  /** Triggers whose time had passed unnoticed since the scheduler was made. */
  readonly missed: MissedCounts;
  /** `null` unless the scheduler is paused. */
  readonly paused: SchedulerPause | null;
  /** Whether deliveries are handed out here. */
  readonly acting: boolean;
  /** Everything due at or before this instant (epoch milliseconds) has fired. `null` before the first start. */
  readonly watermark: number | null;
  /** Milliseconds between ticks. */
  readonly tickMs: number;
  /** How old a missed trigger may be and still be delivered, in hours. */
  readonly maxDowntimeHours: number;
}

/** An event that is kept but not scheduled, because it is invalid. */
export interface QuarantinedEvent {
  /** `#` and its position in the load where the id itself could not be read. */
  readonly eventId: string;
  readonly problems: readonly Problem[];
}

/** Something that a person should know. */
export interface HealthIssue {
  readonly code:
    | "NOT_RUNNING"
    | "EVENTS_QUARANTINED"
    | "CORE_FAILED"
    | "CORE_REBUILT"
    | "SYNC_FAILING"
    | "SYNC_DIVERGED"
    | "CLOCK_FAILING"
    | "DEVICE_CLOCK_WRONG"
    | "PAUSED"
    | "DEAD_LETTERS"
    | "STORAGE_FAILED"
    | "STORAGE_SET_ASIDE"
    | "EACH_TAB_ACTS"
    | "HANDLERS_DIFFER"
    | "TICKS_COARSE"
    | "CLOCK_JUMPED";
  readonly severity: "info" | "warning" | "error";
  /** One sentence that says what is wrong and what to do. */
  readonly message: string;
}

/** How the scheduler is. */
export interface SchedulerHealth {
  /** The worst severity among `issues`: none or info, warning, error. */
  readonly state: "ok" | "degraded" | "failed";
  readonly running: boolean;
  readonly issues: readonly HealthIssue[];
  readonly quarantined: readonly QuarantinedEvent[];
  readonly sync: SyncHealth;
  /** Where events, and what has fired, are kept. */
  readonly storage: StorageHealth;
  /** Whether handlers run in this tab. */
  readonly lease: LeaseHealth;
  /** How often the scheduler gets to run, and how late what fires is; `null` outside a browser. */
  readonly ticks: TickHealth | null;
  /**
   * What time is gone by: `server`, the back end's as it is estimated from the answers of the transport; `device`, as long as
   * there are none; or `given` by the application. `offsetMs` is how far the back end's clock is ahead of the device's, give or
   * take `boundMs`; `null` where that is not known.
   */
  readonly clock: {
    readonly source: "server" | "device" | "given";
    readonly offsetMs: number | null;
    readonly boundMs: number | null;
  };
  /** How often the core has failed and was built anew. */
  readonly rebuilds: number;
  /** Version of this package, of the core, and of the time-zone table. */
  readonly versions: { readonly package: string; readonly core: string; readonly timeZones: string };
}

/** Ends a subscription. Safe to call more than once. */
export type Unsubscribe = () => void;
