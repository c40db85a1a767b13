import type { ClientEventScheduler, EventStatus, EventStatusChange } from "client-event-scheduler/slim";

/** A status change that this page saw happen: one with a state before it, unlike those of the first load. */
export interface SeenChange extends EventStatusChange {
  readonly from: EventStatus;
  /** Counts up from 1 in the order of arrival. */
  readonly number: number;
}

const KEPT = 200;

/** Remembers the latest status changes, newest first, for the list of what just happened and for the toasts. */
export class ChangeLog {
  #entries: readonly SeenChange[] = [];
  #count = 0;
  readonly #listeners = new Set<() => void>();

  constructor(scheduler: ClientEventScheduler) {
    scheduler.onStatusChange((change) => this.#record(change));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): readonly SeenChange[] => this.#entries;

  #record(change: EventStatusChange): void {
    if (change.from === null) return;
    this.#count += 1;
    const entry: SeenChange = { ...change, from: change.from, number: this.#count };
    this.#entries = [entry, ...this.#entries].slice(0, KEPT);
    for (const listener of this.#listeners) listener();
  }
}

/** Whether time made the change, rather than a person's edit or the replay of a past range. */
export const cameDue = ({ cause }: SeenChange): boolean => cause !== "edit" && cause !== "backfill";
