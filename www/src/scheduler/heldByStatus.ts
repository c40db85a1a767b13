import { ClientEventScheduler, InvalidInputError } from "client-event-scheduler/slim";
import { asInput, type EventDocument } from "./eventFields";

/**
 * Whether `status` itself holds the event back, rather than what is said of its approval: the core is asked what it makes of the
 * approval with that status and without.
 */
export function isHeldByStatus({ event_id, status, event_approval_status, approval_required }: EventDocument): boolean {
  const scratch = new ClientEventScheduler({ name: "gate", logger: false });
  const phaseOf = (given: unknown) => {
    scratch.updateEvent(event_id, asInput({ event_id, event_approval_status, approval_required, status: given }));
    return scratch.getEventStatus(event_id)?.status;
  };
  try {
    return phaseOf(status) !== phaseOf(null);
  } catch (error) {
    // What cannot be read is in quarantine, where an event has no status.
    if (error instanceof InvalidInputError) return false;
    throw error;
  } finally {
    scratch.dispose();
  }
}
