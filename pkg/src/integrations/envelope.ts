import { isObject } from "../event-text.js";
import type { EventFields, EventInput } from "../types/events.js";

/** Fields by one of which an event is told from something else that has an `event_id`, such as a registration. */
const EVENT_MARKS = [
  "start_datetime",
  "end_datetime",
  "registration_start_date",
  "registration_end_date",
  "certificate_start_date",
  "certificate_end_date",
  "event_name",
  "event_approval_status",
  "approval_required",
];

/** Names under which back ends put what a page has asked for; the first one that has events counts. */
const ENVELOPES = [
  ...["event", "events", "data", "result", "results", "item", "items", "payload", "record", "records", "rows"],
  ...["response", "body", "content", "input", "values", "created", "updated"],
];
const DEEPEST = 5;
const ID_NAMES = ["event_id", "eventId", "id"];
const ID_LIST_NAMES = ["event_ids", "eventIds", "ids"];

/** Whether it has something of an event besides an id. */
export function hasEventFields(value: unknown): value is EventFields {
  return isObject(value) && EVENT_MARKS.some((field) => field in value);
}

export function looksLikeEvent(value: unknown): value is EventInput {
  return hasEventFields(value) && typeof value.event_id === "string" && value.event_id !== "";
}

/** The events in an answer: as it is, in an array, or in envelopes such as `{"data": {"event": …}}`. */
export function eventsIn(data: unknown): readonly EventInput[] {
  return search(data, looksLikeEvent, 0);
}

/** What has fields of an event, with or without an id, found in the same way. */
export function definitionsIn(data: unknown): readonly EventFields[] {
  return search(data, hasEventFields, 0);
}

function search<T>(data: unknown, wanted: (value: unknown) => value is T, depth: number): readonly T[] {
  if (depth > DEEPEST) {
    return [];
  }
  if (wanted(data)) {
    return [data];
  }
  if (Array.isArray(data)) {
    return data.flatMap((item) => search(item, wanted, depth + 1));
  }
  return inEnvelope(data, (inside) => search(inside, wanted, depth + 1));
}

/** Ids that a request names: a text, texts in an array, or an object that has them under a usual name. */
export function idsIn(request: unknown): readonly string[] {
  return typeof request === "string" ? [request] : idsOfObjects(request, idsIn, 0);
}

/** Ids of an answer, in which a text alone is a message. */
export function idsInAnswer(answer: unknown): readonly string[] {
  return idsOfObjects(answer, () => [], 0);
}

function idsOfObjects(data: unknown, ofOther: (item: unknown) => readonly string[], depth: number): readonly string[] {
  if (depth > DEEPEST) {
    return [];
  }
  if (Array.isArray(data)) {
    return data.flatMap((item) => (isObject(item) ? idsOfObjects(item, ofOther, depth + 1) : ofOther(item)));
  }
  if (!isObject(data)) {
    return [];
  }
  const id = ID_NAMES.map((name) => data[name]).find((value) => typeof value === "string" && value !== "");
  if (id !== undefined) {
    return [id as string];
  }
  const list = ID_LIST_NAMES.map((name) => data[name]).find(Array.isArray);
  return list === undefined
    ? inEnvelope(data, (inside) => idsOfObjects(inside, ofOther, depth + 1))
    : (list as unknown[]).filter((value): value is string => typeof value === "string");
}

function inEnvelope<T>(data: unknown, look: (inside: unknown) => readonly T[]): readonly T[] {
  if (!isObject(data)) {
    return [];
  }
  for (const name of ENVELOPES) {
    const inside = data[name];
    const found = typeof inside === "object" ? look(inside) : [];
    if (found.length > 0) {
      return found;
    }
  }
  return [];
}
