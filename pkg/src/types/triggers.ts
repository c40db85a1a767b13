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
  readonly triggerId: string;
  readonly eventId: string;
  readonly kind: TriggerKind;
  /** Epoch milliseconds. */
  readonly scheduledAt: number;
  /** Epoch milliseconds. */
  readonly firedAt: number;
  /** `firedAt - scheduledAt`, in milliseconds. */
  readonly latenessMs: number;
  readonly cause: Cause;
  /** A later missed trigger of the same event has overtaken this one. */
  readonly superseded: boolean;
}
