import type { EventInput } from "client-event-scheduler/slim";

/** The date fields of an event in the order in which they come about. */
export const DATE_FIELDS = [
  "registration_start_date",
  "registration_end_date",
  "start_datetime",
  "end_datetime",
  "certificate_start_date",
  "certificate_end_date",
] as const;

export type DateField = (typeof DATE_FIELDS)[number];

/** An event to read from: one that the scheduler gave, or the document that the server stored. */
export interface EventDocument {
  readonly event_id: string;
  readonly [field: string]: unknown;
}

/** Hands a document to the scheduler, which checks every field of it itself. */
export const asInput = (event: EventDocument): EventInput => event as EventInput;

const text = (value: unknown): string => (typeof value === "string" ? value.trim() : "");

/** The name to show: events come from elsewhere and need not have one. */
export const eventName = (event: EventDocument): string => text(event.event_name) || event.event_id;

export const eventVenue = (event: EventDocument): string => text(event.venue);

/** The zone in which the event's local times are meant, where it names one. */
export const eventTimeZone = (event: EventDocument): string | undefined => text(event.timezone) || undefined;

/** What was decided about an event; `unstated` where nothing was. */
export const APPROVALS = ["pending_approval", "approved", "declined", "unstated"] as const;
export type Approval = (typeof APPROVALS)[number];

export const eventApproval = (event: EventDocument): Approval =>
  APPROVALS.find((approval) => approval === event.event_approval_status) ?? "unstated";
