import type { ClientEventScheduler } from "../scheduler.js";
import type { EventFields, EventSnapshot } from "../types/events.js";

/** What happens to an event. */
export type SchedulerChangeType = "create" | "update" | "approve" | "decline" | "delete";

/** An event of an application, declared by its own interface or as a literal with whatever fields it has. */
export type ChangedEvent = EventFields | (EventFields & { readonly [field: string]: unknown });

/** One thing that a request or a mutation has done, for the scheduler to do too. */
export type SchedulerChange =
  | {
      readonly type: "create" | "update";
      readonly event: ChangedEvent;
      /** Where `event` has no `event_id`. */
      readonly eventId?: string | undefined;
      /** `event` has only some of the fields: the others stay as they are known. */
      readonly partial?: boolean | undefined;
    }
  | {
      readonly type: "approve" | "decline";
      readonly eventId: string;
      /** The event as it is now, where that is known. */
      readonly event?: ChangedEvent | null | undefined;
    }
  | { readonly type: "delete"; readonly eventId: string };

/** The names of all changes. */
export const CHANGE_TYPES: readonly SchedulerChangeType[] = ["create", "update", "approve", "decline", "delete"];

/** Has the scheduler do what was done elsewhere. To do it twice changes nothing. */
export function applyChange(scheduler: ClientEventScheduler, change: SchedulerChange): void {
  switch (change.type) {
    case "create":
    case "update": {
      const eventId = change.eventId ?? (change.event.event_id as string);
      const known = change.partial === true ? scheduler.getEvent(eventId) : undefined;
      scheduler.updateEvent(eventId, known === undefined ? change.event : merged(known, change.event));
      return;
    }
    case "approve":
      scheduler.approveEvent(change.eventId, change.event);
      return;
    case "decline":
      scheduler.declineEvent(change.eventId, change.event);
      return;
    case "delete":
      scheduler.removeEvent(change.eventId);
  }
}

/** The definition that results; without a revision, since only the back end knows the one that it has now. */
function merged(known: EventSnapshot, { revision: _sent, ...patch }: EventFields): EventFields {
  const { revision: _known, status, sub_status, ...definition } = known;
  // Where the approval is decided anew, the status that was computed from the old decision must not stand in for it.
  const decided = ["status", "event_approval_status", "approval_required"].some((field) => field in patch);
  return { ...definition, ...(decided ? {} : { status, sub_status }), ...patch };
}
