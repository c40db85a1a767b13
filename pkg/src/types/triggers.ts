import type { EventStatus } from "./events.js";

/** What a trigger announces, in the order in which triggers of one instant fire. */
export type TriggerKind =
  | "registration_open"
  | "registration_close"
  | "event_start"
  | "event_end"
  | "certificate_start"
  | "certificate_end";

/** A trigger that is still to fire. */
export interface QueuedTrigger {
  /** `{event_id}/{kind}@{due}`: the same on every client and on the server. */
  readonly triggerId: string;
  readonly eventId: string;
  readonly kind: TriggerKind;
  /** When it is due, in epoch milliseconds. */
  readonly dueAt: number;
}

/**
 * Why something happened when it did: at its time (`on_time`), after it (`late`), found after a gap (`recovered`),
 * asked for (`backfill`), or because the definition changed (`edit`).
 */
export type Cause = "on_time" | "late" | "recovered" | "backfill" | "edit";

/** An event's status has changed. */
export interface EventStatusChange {
  readonly eventId: string;
  /** `null` when the event was not known before. */
  readonly from: EventStatus | null;
  readonly to: EventStatus;
  /** The instant from which the new status holds, in epoch milliseconds. */
  readonly at: number;
  readonly cause: Cause;
}

/** A trigger has fired. */
export interface TriggerDelivery {
  /** The same for every attempt, in every tab and on the server: the idempotency key to pass on. */
  readonly triggerId: string;
  readonly eventId: string;
  readonly kind: TriggerKind;
  /** When it was due, in epoch milliseconds. */
  readonly scheduledAt: number;
  /** When it was first delivered, in epoch milliseconds. */
  readonly firedAt: number;
  /** `firedAt - scheduledAt`, in milliseconds. */
  readonly latenessMs: number;
  readonly cause: Cause;
  /** A later missed trigger of the same event has overtaken this one. */
  readonly superseded: boolean;
  /** Where the event stood just before the due time. */
  readonly before: EventStatus;
  /** Where it stood from the due time on. */
  readonly after: EventStatus;
  /** The event's revision, where it has one. */
  readonly revision: number | null;
  /** Counts first deliveries of this scheduler: without gaps, and the same for every attempt. */
  readonly sequence: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
}
