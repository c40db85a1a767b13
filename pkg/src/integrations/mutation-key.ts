import type { SchedulerChangeType } from "./change.js";
import { VERBS } from "./routes.js";

/** Words that a key may have before it has said what is done. */
const NEUTRAL = ["event", "events", "admin", "api", "bulk", "batch", "mutation"];

/**
 * What the words of a key say: `["events", "create"]`, `["approveEvent", id]`, `["admin", "event-delete"]`. A word that is
 * none of an event's, as in `["events", "registrations", "create"]`, means that it is about something else.
 */
export function typeOfKey(key: readonly unknown[]): SchedulerChangeType | undefined {
  let ofEvents = false;
  let type: SchedulerChangeType | undefined;
  for (const part of key) {
    const words = typeof part === "string" ? wordsOf(part) : [];
    const known = words.every((word) => NEUTRAL.includes(word) || Object.hasOwn(VERBS, word));
    if (!known || words.length === 0) {
      // An id, once it is clear what is done to it.
      break;
    }
    ofEvents ||= words.some((word) => word === "event" || word === "events");
    type ??= words.map((word) => (Object.hasOwn(VERBS, word) ? VERBS[word] : undefined)).find((found) => found);
  }
  return ofEvents ? type : undefined;
}

/** `approveEvent`, `approve-event` and `approve event` have the same two words. */
function wordsOf(part: string): readonly string[] {
  return part
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== "");
}
