import type { Undelivered } from "./engine/outbox.js";
import { type Logger, silentLogger } from "./ports/logger.js";
import type { EventSnapshot } from "./types/events.js";
import type { TriggerDelivery } from "./types/triggers.js";

/** More deliveries than this at once are summed up in one line. */
const MOST_LINES = 20;

/** Writes what has fired, by the names of the events. */
export function logDeliveries(
  logger: Logger,
  deliveries: readonly TriggerDelivery[],
  eventOf: (eventId: string) => EventSnapshot | undefined,
): void {
  if (logger === silentLogger) {
    return;
  }
  if (deliveries.length > MOST_LINES) {
    logger.info(`${deliveries.length} triggers have fired`, deliveries);
    return;
  }
  for (const delivery of deliveries) {
    logger.info(sentence(delivery, eventOf(delivery.eventId)), delivery);
  }
}

/** Writes what has fired and will not be delivered. */
export function logUndelivered(logger: Logger, lost: readonly Undelivered[]): void {
  if (lost.length > MOST_LINES) {
    logger.warn(`${lost.length} triggers have fired and will not be delivered`, lost);
    return;
  }
  for (const { triggerId, fate } of lost) {
    logger.warn(`${triggerId} will not be delivered: ${fate}; explain() says why`);
  }
}

function sentence({ kind, eventId, latenessMs, cause }: TriggerDelivery, event: EventSnapshot | undefined): string {
  const name = event?.event_name;
  const who = typeof name === "string" && name !== "" ? `"${name}" (${eventId})` : eventId;
  const how = cause === "on_time" ? "" : `, ${cause}`;
  return `${kind} of ${who} has fired ${(latenessMs / 1000).toFixed(1)} s after its time${how}`;
}
