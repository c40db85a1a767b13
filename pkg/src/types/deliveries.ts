import type { EventInput, EventStatus } from "./events.js";
import type { Cause, QueuedTrigger, TriggerDelivery, TriggerKind } from "./triggers.js";

/**
 * Does what a trigger is for. A promise that it returns counts: the delivery is settled when every handler of its kind
 * has fulfilled. Throwing or rejecting is a failure, after which all handlers of the kind are called again, later.
 */
export type TriggerHandler = (delivery: TriggerDelivery) => unknown;

/** Which missed triggers are delivered: all, those that no later one of the same event has overtaken, or none. */
export type MissedPolicy = "all" | "latest" | "skip";

/** When a delivery that has failed is tried again. */
export interface RetryOptions {
  /** Attempts before a delivery becomes a dead letter, 1 to 100. Default 3. */
  maxAttempts?: number | undefined;
  /** The longest wait before the second attempt, in milliseconds; it doubles with each further one. Default 1 000. */
  baseMs?: number | undefined;
  /** The longest wait before any attempt, in milliseconds. Default 300 000. */
  maxMs?: number | undefined;
  /** How long handlers may take, in milliseconds; who has not answered then has failed. Default 60 000. */
  answerTimeoutMs?: number | undefined;
}

/**
 * What has become of an occurrence: `expired` was found later than `maxDowntimeHours` allow; `superseded` and `skipped`
 * were left out by the policy for missed triggers (or by resuming from now); a `dead_letter` has failed at every attempt;
 * `withdrawn` was taken back by an edit.
 */
export type Fate =
  | "delivered"
  | "expired"
  | "superseded"
  | "skipped"
  | "dead_letter"
  | "settled_elsewhere"
  | "withdrawn";

/** A delivery whose handlers have failed at every attempt. `retry(triggerId)` gives it another set of attempts. */
export interface DeadLetter {
  readonly triggerId: string;
  readonly eventId: string;
  readonly kind: TriggerKind;
  /** When it was due, in epoch milliseconds. */
  readonly scheduledAt: number;
  /** When its handlers were first called, in epoch milliseconds. */
  readonly firedAt: number | null;
  /** When it was given up, in epoch milliseconds. */
  readonly diedAt: number;
  /** How often its handlers were called. */
  readonly attempts: number;
  /** What the last failure said; `no answer` where the handlers took too long. */
  readonly reason: string;
}

/**
 * Triggers that were found due more than a tick too late, and what became of them.
 * `detected = delivered + failed + expired + superseded + skipped + withdrawn + elsewhere + waiting` at every moment.
 */
export interface MissedCounts {
  readonly detected: number;
  /** Delivered all the same. */
  readonly delivered: number;
  /** Dead letters. */
  readonly failed: number;
  /** Older than `maxDowntimeHours`. */
  readonly expired: number;
  /** Left out, since a later trigger of the same event was due too. */
  readonly superseded: number;
  /** Left out by the policy, or by resuming from now. */
  readonly skipped: number;
  /** Taken back by an edit before they were delivered. */
  readonly withdrawn: number;
  /** Settled by another tab or node. */
  readonly elsewhere: number;
  /** Still to be delivered, or being delivered. */
  readonly waiting: number;
}

/** While there is one, nothing fires. */
export interface SchedulerPause {
  /** Epoch milliseconds. */
  readonly since: number;
  readonly reason: string;
}

/** A stretch of the past: what was due after `from`, up to and including `until`. */
export interface BackfillRange {
  /** Epoch milliseconds or a `Date`. */
  readonly from: number | Date;
  /** Epoch milliseconds or a `Date`; not later than now. */
  readonly until: number | Date;
  /** Also what was delivered before. Default false. */
  readonly again?: boolean | undefined;
}

/** What to look ahead to. */
export interface SimulationOptions {
  /** Epoch milliseconds or a `Date`. */
  readonly until: number | Date;
  /** Events, or their JSON, that would be added now or take the place of those with the same ids. */
  readonly events?: readonly (EventInput | string)[] | undefined;
}

/** A trigger that would fire. */
export interface SimulatedTrigger extends QueuedTrigger {
  /** Where the event would stand just before. */
  readonly before: EventStatus;
  /** Where it would stand from then on. */
  readonly after: EventStatus;
}

/** What would fire. */
export interface Simulation {
  /** In the order in which they would fire; the first 10 000. */
  readonly triggers: readonly SimulatedTrigger[];
  /** Whether that is all. */
  readonly complete: boolean;
}

/** Two events that take one venue at the same time. */
export interface Conflict {
  /** As `first` names it. Venues are the same whatever their capitals and white space. */
  readonly venue: string;
  /** The id of the event that is there first. */
  readonly first: string;
  readonly second: string;
  /** When they begin to be there together, in epoch milliseconds. */
  readonly from: number;
  /** When one of them leaves, in epoch milliseconds. */
  readonly until: number;
}

/** Events that overlap at one venue. */
export interface Conflicts {
  /** The first pairs, by the instant at which they begin. */
  readonly pairs: readonly Conflict[];
  /** How many pairs there are, those beyond the limit included. */
  readonly total: number;
}

/** What every decision about one occurrence has. */
interface About {
  readonly triggerId: string;
  readonly kind: TriggerKind;
  /** When it was due, in epoch milliseconds. */
  readonly dueAt: number;
}

/** One thing that the scheduler has decided. */
export type Decision = {
  /** Counts decisions from 1. */
  readonly number: number;
  /** When it was taken, in epoch milliseconds. */
  readonly at: number;
  readonly eventId: string;
} & (
  | (About & { readonly type: "handed_out"; readonly cause: Cause; readonly attempt: number })
  | (About & { readonly type: "waits"; readonly cause: Cause })
  | (About & { readonly type: "failed"; readonly attempt: number; readonly reason: string })
  | (About & { readonly type: "settled"; readonly fate: Fate })
  | (About & { readonly type: "fired_before" })
  | {
      /** An edit has taken triggers from the queue. */
      readonly type: "unqueued";
      readonly reason: "redefined" | "removed" | "quarantined";
      readonly triggers: readonly QueuedTrigger[];
    }
);
