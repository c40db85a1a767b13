import { isDate } from "./engine/encode.js";
import { ApiMisuseError, InvalidInputError, type ProblemCode } from "./errors/errors.js";

/*
 * The generated glue turns whatever it is given into what it wants; so arguments are checked before they get there.
 */

/** Refuses what is no event id. Its length and characters are checked by the core. */
export function checkEventId(eventId: unknown): void {
  checkId("event_id", eventId);
}

/** Refuses what is no id of an event or of a trigger. */
export function checkId(field: string, id: unknown): void {
  if (typeof id === "string" && id !== "") {
    return;
  }
  if (id === undefined || id === null || id === "") {
    refuse(field, "ID_REQUIRED", "is missing: pass the id");
  }
  refuse(field, "WRONG_TYPE", `is a ${typeof id}: pass the id as a text`);
}

/** The instant in epoch milliseconds. Whether it makes sense is decided by the core. */
export function checkInstant(field: string, value: unknown): number {
  const millis = isDate(value) ? value.getTime() : value;
  if (typeof millis !== "number") {
    refuse(field, "WRONG_TYPE", `is ${kindOf(value)}: pass epoch milliseconds or a Date`);
  }
  if (!Number.isFinite(millis)) {
    refuse(field, "DATE_OUT_OF_RANGE", "is no instant: pass epoch milliseconds or a valid Date");
  }
  return millis;
}

export function checkText(field: string, value: unknown): void {
  if (typeof value !== "string") {
    refuse(field, "WRONG_TYPE", `is ${kindOf(value)}: pass a text`);
  }
}

export function checkBoolean(field: string, value: unknown): void {
  if (typeof value !== "boolean") {
    refuse(field, "WRONG_TYPE", `is ${kindOf(value)}: pass true or false`);
  }
}

export function checkOneOf(field: string, value: unknown, choices: readonly string[]): void {
  if (typeof value !== "string" || !choices.includes(value)) {
    refuse(field, "SETTING_INVALID", `is none of ${choices.join(", ")}`);
  }
}

/** Refuses an argument that should have named fields. */
export function checkObject(what: string, value: unknown): void {
  if (typeof value !== "object" || value === null) {
    throw new ApiMisuseError("WRONG_ARGUMENT", `${what} is an object, this is ${kindOf(value)}`);
  }
}

function refuse(field: string, code: ProblemCode, message: string): never {
  throw new InvalidInputError([{ field, code, message }]);
}

function kindOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}

/** Refuses an event whose own id is another than the one that the caller names. */
export function checkSameId(eventId: string, own: unknown): void {
  if (own !== undefined && own !== null && own !== eventId) {
    const message = `is ${JSON.stringify(own)} in the event, but the call names ${JSON.stringify(eventId)}: leave it out, or make them equal`;
    throw new InvalidInputError([{ field: "event_id", code: "ID_MISMATCH", message }], eventId);
  }
}

export function checkHandler(handler: unknown): void {
  if (typeof handler !== "function") {
    throw new ApiMisuseError("WRONG_ARGUMENT", `a handler is a function, this is ${typeof handler}`);
  }
}

/** Refuses what does not count items. */
export function checkLimit(limit: unknown): void {
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 0 || limit > MOST_LISTED) {
    throw new ApiMisuseError("WRONG_ARGUMENT", `limit is a whole number from 0 to ${MOST_LISTED}`);
  }
}

/** More triggers than any scheduler can hold. */
const MOST_LISTED = 100_000_000;

export function checkHours(hours: unknown): void {
  if (typeof hours !== "number") {
    throw new InvalidInputError([
      { field: "maxDowntimeHours", code: "SETTING_INVALID", message: "is not a number: write whole hours" },
    ]);
  }
}
