import type {
  ClientEventScheduler,
  EventSnapshot,
  EventStatus,
  QueuedTrigger,
  SchedulerStatus,
} from "client-event-scheduler";

/** One event with all that the screen says of it. The same object comes back for as long as nothing in it changes. */
export interface EventRow {
  readonly event: EventSnapshot;
  readonly status: EventStatus | undefined;
  readonly nextTrigger: QueuedTrigger | undefined;
}

export interface EventIndexSnapshot {
  readonly rows: readonly EventRow[];
  readonly byId: ReadonlyMap<string, EventRow>;
  readonly scheduler: SchedulerStatus;
}

/**
 * Joins the scheduler's events, statuses and queue into rows, once per change and not once per row. It holds no state of
 * its own: what it shows is what the scheduler says, so that every tab agrees.
 */
export class EventIndex {
  #snapshot: EventIndexSnapshot | undefined;
  #stale = true;
  readonly #listeners = new Set<() => void>();
  #unsubscribe: (() => void) | undefined;

  constructor(private readonly scheduler: ClientEventScheduler) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#unsubscribe ??= this.scheduler.subscribe(this.#invalidate);
    this.#stale = true; // Changes made while nobody listened were not seen.
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
    };
  };

  readonly getSnapshot = (): EventIndexSnapshot => {
    if (this.#snapshot && !this.#stale) return this.#snapshot;
    this.#stale = false;
    this.#snapshot = this.#build();
    return this.#snapshot;
  };

  readonly #invalidate = () => {
    this.#stale = true;
    for (const listener of this.#listeners) listener();
  };

  #build(): EventIndexSnapshot {
    const nextTriggers = firstPerEvent(this.scheduler.queue({ limit: Number.MAX_SAFE_INTEGER }));
    const byId = new Map<string, EventRow>();
    for (const event of this.scheduler.getAllEvents()) {
      const row = {
        event,
        status: this.scheduler.getEventStatus(event.event_id),
        nextTrigger: nextTriggers.get(event.event_id),
      };
      const known = this.#snapshot?.byId.get(event.event_id);
      byId.set(event.event_id, known && sameRow(known, row) ? known : row);
    }
    return { rows: [...byId.values()], byId, scheduler: this.scheduler.status() };
  }
}

function firstPerEvent(queue: readonly QueuedTrigger[]): Map<string, QueuedTrigger> {
  const first = new Map<string, QueuedTrigger>();
  for (const trigger of queue) if (!first.has(trigger.eventId)) first.set(trigger.eventId, trigger);
  return first;
}

const sameRow = (a: EventRow, b: EventRow): boolean =>
  a.event === b.event &&
  a.nextTrigger?.triggerId === b.nextTrigger?.triggerId &&
  a.status?.status === b.status?.status &&
  a.status?.sub_status === b.status?.sub_status;
