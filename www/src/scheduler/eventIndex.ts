import type { ClientEventScheduler, EventSnapshot, QueuedTrigger, SchedulerStatus } from "client-event-scheduler/slim";

/** One event with its next trigger. The same object comes back for as long as nothing in it changes. */
export interface EventRow {
  readonly event: EventSnapshot;
  readonly nextTrigger: QueuedTrigger | undefined;
}

export interface EventIndexSnapshot {
  /** The same array for as long as no row changes. */
  readonly rows: readonly EventRow[];
  readonly byId: ReadonlyMap<string, EventRow>;
  readonly scheduler: SchedulerStatus;
}

/** From so many changed rows on, reading the whole queue once is quicker than asking for each event. */
const ASK_ONE_BY_ONE_BELOW = 50;

/**
 * Joins the scheduler's events and queue into rows, once per change and not once per row. It holds no state of its own:
 * what it shows is what the scheduler says, so that every tab agrees.
 */
export class EventIndex {
  #snapshot: EventIndexSnapshot | undefined;
  #version = -1;

  constructor(private readonly scheduler: ClientEventScheduler) {}

  readonly subscribe = (listener: () => void): (() => void) => this.scheduler.subscribe(listener);

  readonly getSnapshot = (): EventIndexSnapshot => {
    const { version } = this.scheduler;
    if (!this.#snapshot || version !== this.#version) this.#snapshot = this.#build(this.#snapshot);
    this.#version = version;
    return this.#snapshot;
  };

  #build(before: EventIndexSnapshot | undefined): EventIndexSnapshot {
    const status = this.scheduler.status();
    const now = this.scheduler.now();
    const events = this.scheduler.getAllEvents();
    const kept = events.map((event) => {
      const row = before?.byId.get(event.event_id);
      return row && isCurrent(row, event, now) ? row : undefined;
    });
    const nextTriggerOf = this.#nextTriggers(kept.filter((row) => !row).length, status.triggersQueued);
    const rows = events.map(
      (event, position) => kept[position] ?? { event, nextTrigger: nextTriggerOf(event.event_id) },
    );
    if (before && sameRows(before.rows, rows)) return { ...before, scheduler: status };
    return { rows, byId: new Map(rows.map((row) => [row.event.event_id, row])), scheduler: status };
  }

  #nextTriggers(wanted: number, queued: number): (eventId: string) => QueuedTrigger | undefined {
    if (wanted < ASK_ONE_BY_ONE_BELOW) return (eventId) => this.scheduler.queue({ limit: 1, eventId })[0];
    const first = new Map<string, QueuedTrigger>();
    for (const trigger of this.scheduler.queue({ limit: queued })) {
      if (!first.has(trigger.eventId)) first.set(trigger.eventId, trigger);
    }
    return (eventId) => first.get(eventId);
  }
}

/** A row stands until its event changes or its trigger is due: firing one does not always change the event's status. */
const isCurrent = ({ event, nextTrigger }: EventRow, now: EventSnapshot, at: number): boolean =>
  event === now && (nextTrigger === undefined || nextTrigger.dueAt > at);

const sameRows = (a: readonly EventRow[], b: readonly EventRow[]): boolean =>
  a.length === b.length && a.every((row, position) => row === b[position]);
