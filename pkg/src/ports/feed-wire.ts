import type { EventInput } from "../types/events.js";
import { badAnswer } from "./http-request.js";
import type { ChangesPage, FeedChange, StreamMessage, UpToDate } from "./transport.js";

/*
 * The feed as JSON:
 *
 *   item        {"rev": n, "event_id": "…", "deleted": false, "event": {…}}
 *               {"rev": n, "event_id": "…", "deleted": true, "revision": n}
 *   page        {"changes": [item…], "next_cursor": "…", "up_to_date": {"seq": n, "checksum": "…"} | null}
 *   stream      event: change | bookmark | heartbeat, id: the cursor, data: an item, or {"cursor": "…", "up_to_date": …}
 */

type JsonObject = { readonly [name: string]: unknown };

/** Reads an answer of `changes`. */
export function changesPage(json: unknown): ChangesPage {
  const page = objectOf(json, "the list of changes");
  if (!Array.isArray(page.changes) || typeof page.next_cursor !== "string") {
    throw badAnswer("the list of changes has no `changes` or no `next_cursor`");
  }
  return {
    changes: page.changes.map(feedChange),
    nextCursor: page.next_cursor,
    upToDate: upToDate(page.up_to_date),
  };
}

/** Reads one server-sent event; `null` for one of a type that this version does not know. */
export function streamMessage(type: string | undefined, id: string | undefined, data: string): StreamMessage | null {
  switch (type) {
    case "change":
      return { type, cursor: requireCursor(id), change: feedChange(parse(data)) };
    case "bookmark": {
      const bookmark = objectOf(parse(data), "a bookmark");
      const cursor = typeof bookmark.cursor === "string" ? bookmark.cursor : id;
      return { type, cursor: requireCursor(cursor), upToDate: upToDate(bookmark.up_to_date) };
    }
    case "heartbeat":
      return { type };
    default:
      return null;
  }
}

/** Reads one item of the feed. */
export function feedChange(json: unknown): FeedChange {
  const item = objectOf(json, "an item of the feed");
  const eventId = item.event_id;
  if (typeof eventId !== "string") {
    throw badAnswer("an item of the feed has no `event_id`");
  }
  if (item.deleted === true) {
    const { revision } = item;
    return { eventId, deleted: true, revision: Number.isSafeInteger(revision) ? (revision as number) : null };
  }
  return { eventId, deleted: false, event: objectOf(item.event, "the event of an item") as unknown as EventInput };
}

function upToDate(json: unknown): UpToDate | null {
  if (typeof json !== "object" || json === null) {
    return null;
  }
  const checksum = (json as JsonObject).checksum;
  return { checksum: typeof checksum === "string" ? checksum : null };
}

function requireCursor(cursor: string | undefined): string {
  if (cursor === undefined || cursor === "") {
    throw badAnswer("a message of the stream has no cursor");
  }
  return cursor;
}

function objectOf(json: unknown, what: string): JsonObject {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw badAnswer(`${what} is not an object`);
  }
  return json as JsonObject;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badAnswer("the stream sent something that is not JSON", cause);
  }
}
