import { ClientEventScheduler, type QueuedTrigger, type TriggerKind } from "client-event-scheduler";
import { toInstant } from "../time/eventTime";
import { asInput, DATE_FIELDS, type DateField, type EventDocument, eventTimeZone } from "./eventFields";

/** A trigger that a definition has, and whether it is still to come. */
export interface OutlookTrigger {
  readonly kind: TriggerKind;
  /** Epoch milliseconds. */
  readonly dueAt: number;
  /** `at_once`: its time is past, but by so little that it fires all the same. */
  readonly when: "coming" | "at_once" | "past";
}

/** What a scheduler would make of a definition that becomes known now. */
export interface Outlook {
  readonly triggers: readonly OutlookTrigger[];
  /** Why the definition would be refused. */
  readonly problem: string | undefined;
}

const KIND_OF: Record<DateField, TriggerKind> = {
  registration_start_date: "registration_open",
  registration_end_date: "registration_close",
  start_datetime: "event_start",
  end_datetime: "event_end",
  certificate_start_date: "certificate_start",
  certificate_end_date: "certificate_end",
};

/**
 * Asks a scheduler of its own, which never starts, what each definition would bring about: the core says what waits; what of the dates
 * does not is past.
 */
export function outlooks(definitions: readonly EventDocument[], now: number): readonly Outlook[] {
  const scratch = new ClientEventScheduler({ name: "outlook", logger: false });
  try {
    return definitions.map((definition) => outlookOf(scratch, definition, now));
  } finally {
    scratch.dispose();
  }
}

function outlookOf(scratch: ClientEventScheduler, definition: EventDocument, now: number): Outlook {
  try {
    scratch.updateEvent(definition.event_id, asInput(definition));
  } catch (error) {
    return { triggers: [], problem: error instanceof Error ? error.message : String(error) };
  }
  const waiting = scratch.queue({ eventId: definition.event_id, limit: DATE_FIELDS.length });
  const kinds = new Set(waiting.map(({ kind }) => kind));
  const past = isGated(scratch, definition) ? [] : pastTriggers(definition, kinds);
  return { triggers: [...past, ...waiting.map((trigger) => comingTrigger(trigger, now))], problem: undefined };
}

const comingTrigger = ({ kind, dueAt }: QueuedTrigger, now: number): OutlookTrigger => ({
  kind,
  dueAt,
  when: dueAt > now ? "coming" : "at_once",
});

/** An event that waits for approval, is declined, cancelled or has no dates has no triggers at all. */
function isGated(scratch: ClientEventScheduler, { event_id }: EventDocument): boolean {
  const status = scratch.getEventStatus(event_id)?.status;
  return status !== "upcoming" && status !== "ongoing" && status !== "completed";
}

function pastTriggers(definition: EventDocument, waiting: ReadonlySet<TriggerKind>): readonly OutlookTrigger[] {
  const timeZone = eventTimeZone(definition);
  return DATE_FIELDS.flatMap((field) => {
    const dueAt = toInstant(definition[field], timeZone);
    return dueAt === undefined || waiting.has(KIND_OF[field])
      ? []
      : [{ kind: KIND_OF[field], dueAt, when: "past" as const }];
  }).sort((a, b) => a.dueAt - b.dueAt);
}

/** The definition that approving an event makes of it. */
export function approved({ status: _status, sub_status: _subStatus, ...definition }: EventDocument): EventDocument {
  return { ...definition, event_id: definition.event_id as string, event_approval_status: "approved" };
}
