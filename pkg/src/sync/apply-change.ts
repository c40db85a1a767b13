import type { Engine } from "../engine/engine.js";
import { InvalidInputError } from "../errors/errors.js";
import type { Logger } from "../ports/logger.js";
import type { FeedChange } from "../ports/transport.js";
import type { EventFields } from "../types/events.js";
import { SOURCE_FEED } from "../wasm/raw.js";

/** Applies what somebody else has decided. An event that is invalid is quarantined: it must not stop the others. */
export function applyChange(engine: Engine, logger: Logger, change: FeedChange, source: number): void {
  const { eventId } = change;
  try {
    if (change.deleted) {
      engine.remove(eventId, change.revision ?? Number.NaN, source);
    } else {
      engine.upsert(eventId, change.event, source);
    }
  } catch (thrown) {
    if (!(thrown instanceof InvalidInputError) || change.deleted) {
      throw thrown;
    }
    logger.warn(`the event ${eventId} is invalid and not scheduled: ${thrown.message}`);
    quarantine(engine, logger, eventId, change.event);
  }
}

function quarantine(engine: Engine, logger: Logger, eventId: string, event: EventFields): void {
  try {
    engine.upsertText(eventId, JSON.stringify({ ...event, event_id: eventId }), SOURCE_FEED);
  } catch (thrown) {
    logger.warn(`the event ${eventId} could not be kept`, thrown);
  }
}
