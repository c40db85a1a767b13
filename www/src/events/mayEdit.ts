import type { Permission } from "../api/session";
import type { EventDocument } from "../scheduler/eventFields";

/** Whether to offer an edit. Who may not approve may edit only what waits for approval; the server knows whose it is. */
export function mayEdit(may: (permission: Permission) => boolean, event: EventDocument): boolean {
  return may("events:write") && (may("events:approve") || event.status === "pending_approval");
}
