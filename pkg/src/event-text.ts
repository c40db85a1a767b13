import { fieldsJson } from "./engine/encode.js";
import { ApiMisuseError } from "./errors/errors.js";

/** How an event's JSON begins when its id is the first field, as `JSON.stringify` and most back ends write it. */
const ID_FIRST = '{"event_id":"';

/**
 * The id of an event that is given as JSON, without parsing the text: `undefined` where that takes parsing, because the
 * id is not the first field or has an escape in it.
 */
export function leadingEventId(json: string): string | undefined {
  if (!json.startsWith(ID_FIRST)) {
    return undefined;
  }
  const end = json.indexOf('"', ID_FIRST.length);
  const id = json.slice(ID_FIRST.length, end);
  return end < 0 || id.includes("\\") ? undefined : id;
}

/** Parses an event that is given as JSON; `undefined` for what is not the JSON of an object. */
export function parseEvent(json: string): { readonly [field: string]: unknown } | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return undefined;
  }
  return isObject(parsed) ? parsed : undefined;
}

export function isObject(value: unknown): value is { readonly [field: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Events, given as objects or as JSON, as the core reads several: each ended by NUL. What is no event is for it to refuse. */
export function eventTexts(events: readonly unknown[]): string {
  if (!Array.isArray(events)) {
    throw new ApiMisuseError("WRONG_ARGUMENT", "events is an array");
  }
  return events.map((event) => `${eventText(event)}\0`).join("");
}

function eventText(event: unknown): string {
  if (typeof event === "string") {
    return event;
  }
  return isObject(event) ? fieldsJson(event.event_id, event) : (JSON.stringify(event) ?? "null");
}
