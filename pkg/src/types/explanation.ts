import type { Decision, Fate, SchedulerPause } from "./deliveries.js";
import type { EventStatus } from "./events.js";
import type { Cause, TriggerKind } from "./triggers.js";

/** Why an event, or one of its triggers, is as it is. */
export interface Explanation {
  /** What was asked for. */
  readonly id: string;
  /** One sentence for a person. */
  readonly sentence: string;
  /** The event; `null` where it is not tracked. */
  readonly event: ExplainedEvent | null;
  /** The trigger that was asked for, or all that the event has, in the order of their due times. */
  readonly triggers: readonly ExplainedTrigger[];
  /** What was decided about them lately, newest first; at most a hundred. */
  readonly decisions: readonly Decision[];
  /** How far off the clock may be, in milliseconds. */
  readonly clockErrorMs: number;
}

/** What is known of an event. */
export interface ExplainedEvent {
  readonly status: EventStatus;
  readonly revision: number | null;
  /** The last word on it was the application's, and the back end has not confirmed it. */
  readonly provisional: boolean;
  /** When its present dates were made known, in epoch milliseconds. */
  readonly knownSince: number;
}

/** What is known of one trigger. */
export interface ExplainedTrigger {
  readonly triggerId: string;
  readonly kind: TriggerKind;
  /** Epoch milliseconds. */
  readonly dueAt: number;
  readonly state: TriggerState;
  /** The same in a sentence. */
  readonly sentence: string;
}

/** How far a trigger is. Every instant is in epoch milliseconds. */
export type TriggerState =
  /** Fires at its time. */
  | { readonly type: "queued" }
  /** Fires at the next tick. */
  | { readonly type: "due" }
  /** Is due, and nothing fires during the pause. */
  | ({ readonly type: "paused" } & SchedulerPause)
  /** Stands in the waiting queue, behind `position` others; for good while another tab or node is `acting`. */
  | { readonly type: "waiting"; readonly position: number; readonly cause: Cause; readonly acting: boolean }
  /** Its handlers were called and have not answered. */
  | { readonly type: "in_flight"; readonly attempt: number }
  /** Its handlers have failed; they are called again at about `at`. */
  | { readonly type: "retrying"; readonly attempts: number; readonly at: number }
  /** Is over. `reason` is what the last failure of a dead letter said. */
  | {
      readonly type: "settled";
      readonly fate: Fate;
      /** When its handlers were called last; `null` where that is not remembered. */
      readonly handedOut: { readonly cause: Cause; readonly attempt: number; readonly at: number } | null;
      readonly reason: string | null;
    }
  /** Lay in the past when it was made known, further than `backdateGraceMs`. */
  | { readonly type: "placed_in_past"; readonly knownSince: number }
  /** Is due at another time now. */
  | { readonly type: "moved"; readonly to: number }
  /** The event has no such trigger. */
  | { readonly type: "not_defined" }
  /** The event is pending approval, declined or cancelled. */
  | { readonly type: "gate_closed"; readonly status: EventStatus }
  /** The event has no start or no end. */
  | { readonly type: "draft" }
  /** The event was removed. */
  | { readonly type: "removed"; readonly at: number }
  /** The event is invalid. */
  | { readonly type: "quarantined" }
  /** It fired so long ago that it is not remembered what became of it. */
  | { readonly type: "forgotten" }
  /** There is no such event. */
  | { readonly type: "unknown_event" };
