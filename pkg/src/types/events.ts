/**
 * A date as an event may carry it.
 *
 * - text: RFC 3339 with `Z` or an offset; or a local time `YYYY-MM-DD[T ]HH:MM[:SS[.fff]]` read in the event's
 *   `timezone`, else in the scheduler's `defaultTimeZone`; or a bare `YYYY-MM-DD`, which is 00:00 local
 * - number: epoch milliseconds (not seconds)
 * - `Date`
 */
export type DateInput = string | number | Date | null | undefined;

/** The fields of an event that the scheduler reads. Every other field is kept and returned untouched. */
export interface EventFields {
  /** 1 to 128 characters, no control characters. */
  event_id?: string | null | undefined;
  /** Registration opens. */
  registration_start_date?: DateInput;
  /** Registration closes. */
  registration_end_date?: DateInput;
  /** The event starts. An event without a start or an end is a draft and has no triggers. */
  start_datetime?: DateInput;
  /** The event ends. */
  end_datetime?: DateInput;
  /** Certificates can be had from; without it, from `end_datetime` on. */
  certificate_start_date?: DateInput;
  /** Certificates can be had until. */
  certificate_end_date?: DateInput;
  /** IANA name of the zone in which local times are read, for example `Asia/Kolkata`. */
  timezone?: string | null | undefined;
  /** Last known status. `pending_approval`, `declined` and `cancelled` hold back every trigger; others are recomputed. */
  status?: string | null | undefined;
  /** Last known sub-status; recomputed. */
  sub_status?: string | null | undefined;
  /** While `pending_approval` or `declined`, the event has no triggers. */
  event_approval_status?: string | null | undefined;
  /** When true, the event has no triggers until `event_approval_status` is `approved`. */
  approval_required?: boolean | null | undefined;
  /** Whole number that the back end increases on every change. A lower one than the known one is stale. */
  revision?: number | null | undefined;
  /** Whether the event is published. */
  published?: boolean | null | undefined;
}

/** An event to add: {@link EventFields} with its id, and whatever else the application stores in it. */
export interface EventInput extends EventFields {
  /** 1 to 128 characters, no control characters. */
  event_id: string;
}

/** Where an event stands. The pair is computed from its dates and its approval. */
export type EventStatus =
  | { readonly status: "draft"; readonly sub_status: "draft" }
  | {
      readonly status: "upcoming";
      readonly sub_status:
        | "registration_not_started"
        | "registration_open"
        | "registration_closed"
        | "registration_not_required";
    }
  | { readonly status: "ongoing"; readonly sub_status: "event_started" | "event_ended" | "certificate_available" }
  | { readonly status: "completed"; readonly sub_status: "event_ended" }
  | { readonly status: "pending_approval"; readonly sub_status: "pending_approval" }
  | { readonly status: "declined"; readonly sub_status: "declined" }
  | { readonly status: "cancelled"; readonly sub_status: "cancelled" };

/** Every value of {@link EventStatus.status}. */
export type EventStatusName = EventStatus["status"];
/** Every value of {@link EventStatus.sub_status}. */
export type EventSubStatusName = EventStatus["sub_status"];

/**
 * An event as `getEvent` returns it: its definition with the computed `status` and `sub_status` over it.
 * Frozen, and the same object until something about the event changes.
 */
export type EventSnapshot = Readonly<Omit<EventFields, "event_id" | "status" | "sub_status">> & {
  readonly event_id: string;
  readonly status: EventStatusName;
  readonly sub_status: EventSubStatusName;
  readonly [field: string]: unknown;
};
