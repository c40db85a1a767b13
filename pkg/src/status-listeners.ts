import { checkEventId, checkHandler } from "./arguments.js";
import { type HandlerBudget, Listeners } from "./engine/listeners.js";
import type { Logger } from "./ports/logger.js";
import type { Unsubscribe } from "./types/scheduler-types.js";
import type { EventStatusChange } from "./types/triggers.js";

type Handler = (change: EventStatusChange) => void;

/** Who wants to hear of changes of status: of every event, or of one. */
export class StatusListeners {
  readonly #budget: HandlerBudget;
  readonly #logger: Logger;
  readonly #ofAll: Listeners<EventStatusChange>;
  readonly #ofOne = new Map<string, Listeners<EventStatusChange>>();

  constructor(budget: HandlerBudget, logger: Logger) {
    this.#budget = budget;
    this.#logger = logger;
    this.#ofAll = new Listeners(budget, logger);
  }

  /** Takes a handler, or the id of an event and a handler for that one. */
  add(first: string | Handler, second?: Handler): Unsubscribe {
    if (typeof first === "function") {
      return this.#ofAll.add(first);
    }
    checkEventId(first);
    checkHandler(second);
    return this.#listenersOf(first).add(second as Handler);
  }

  #listenersOf(eventId: string): Listeners<EventStatusChange> {
    let listeners = this.#ofOne.get(eventId);
    if (listeners === undefined) {
      listeners = new Listeners(this.#budget, this.#logger, () => this.#ofOne.delete(eventId));
      this.#ofOne.set(eventId, listeners);
    }
    return listeners;
  }

  emit(change: EventStatusChange): void {
    this.#ofAll.emit(change);
    this.#ofOne.get(change.eventId)?.emit(change);
  }
}
