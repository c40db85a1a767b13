import { ApiMisuseError, InvalidInputError } from "./errors/errors.js";

/*
 * The generated glue turns whatever it is given into what it wants; so arguments are checked before they get there.
 */

/** Refuses what is no event id. Its length and characters are checked by the core. */
export function checkEventId(eventId: unknown): void {
  if (typeof eventId === "string" && eventId !== "") {
    return;
  }
  const missing = eventId === undefined || eventId === null || eventId === "";
  throw new InvalidInputError([
    {
      field: "event_id",
      code: missing ? "ID_REQUIRED" : "WRONG_TYPE",
      message: missing ? "is missing: pass the id of the event" : `is a ${typeof eventId}: pass the id as a text`,
    },
  ]);
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
