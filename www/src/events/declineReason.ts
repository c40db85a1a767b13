import type { EventDocument } from "../scheduler/eventFields";

/** Characters that the server takes, counted as it counts them. */
export const REASON_CHARS = 1_000;

/** What is wrong with a reason, for its field; nothing where it can be sent. */
export function reasonProblem(reason: string): string | undefined {
  const length = [...reason.trim()].length;
  if (length <= REASON_CHARS) return undefined;
  return `${length.toLocaleString()} characters: shorten it to ${REASON_CHARS.toLocaleString()}.`;
}

/** Why the event is declined, where it is and somebody has said so. */
export function declineReason(event: EventDocument): string | undefined {
  const declined = event.event_approval_status === "declined" || event.status === "declined";
  const reason = typeof event.decline_reason === "string" ? event.decline_reason.trim() : "";
  return declined && reason !== "" ? reason : undefined;
}
