import type { Random } from "./random.js";

/** The dates of an event, in the order of the triggers that they make. */
const DATES = [
  ["registration_start_date", "registration_open"],
  ["registration_end_date", "registration_close"],
  ["start_datetime", "event_start"],
  ["end_datetime", "event_end"],
  ["certificate_start_date", "certificate_start"],
  ["certificate_end_date", "certificate_end"],
] as const;

/** The sub-status before the first date, and from each of them on. */
const SUB_STATUSES = [
  "registration_not_started",
  "registration_open",
  "registration_closed",
  "event_started",
  "event_ended",
  "certificate_available",
  "event_ended",
] as const;

export interface PlannedTrigger {
  readonly triggerId: string;
  readonly eventId: string;
  /** Epoch milliseconds by the clock of the tabs. */
  readonly dueAt: number;
}

export interface PlannedEvent {
  readonly event_id: string;
  readonly [date: string]: string;
}

/** Dates lie on a grid, so that several events have something due at one instant. */
const GRID_MS = 250;

/** What is to happen in a run: events whose triggers all fall due within some seconds. */
export class Plan {
  /** For every event, when something of it is due, in milliseconds from the beginning. */
  readonly #offsets: ReadonlyMap<string, readonly number[]>;
  #from: number | undefined;

  constructor(random: Random, seconds: number, eventCount: number) {
    const grid = Array.from({ length: (seconds * 1000) / GRID_MS }, (_, index) => index * GRID_MS);
    const offsets = Array.from({ length: eventCount }, (_, number) => {
      return [`event-${number}`, random.sample(grid, DATES.length)] as const;
    });
    this.#offsets = new Map(offsets);
  }

  /** Fixes when it begins. */
  begin(from: number): void {
    this.#from = from;
  }

  get from(): number {
    if (this.#from === undefined) throw new Error("the plan has not begun");
    return this.#from;
  }

  get events(): PlannedEvent[] {
    return [...this.#offsets].map(([event_id, offsets]) => {
      const dates = DATES.map(([field], index) => [field, this.#date(offsets, index)] as const);
      return { event_id, ...Object.fromEntries(dates) };
    });
  }

  /** In the order of their due times. */
  get triggers(): readonly PlannedTrigger[] {
    const triggers = [...this.#offsets].flatMap(([eventId, offsets]) =>
      DATES.map(([, kind], index) => {
        const triggerId = `${eventId}/${kind}@${this.#date(offsets, index)}`;
        return { triggerId, eventId, dueAt: this.#instant(offsets, index) };
      }),
    );
    return triggers.sort((a, b) => a.dueAt - b.dueAt);
  }

  /** When the last trigger is due. */
  get until(): number {
    return this.triggers.at(-1)?.dueAt ?? this.from;
  }

  /** The sub-status of every event at an instant, worked out in the plainest way. */
  statesAt(at: number): Record<string, string> {
    const states = [...this.#offsets].map(([eventId, offsets]) => {
      const passed = offsets.filter((offset) => this.from + offset <= at).length;
      return [eventId, SUB_STATUSES[passed] as string] as const;
    });
    return Object.fromEntries(states);
  }

  #instant(offsets: readonly number[], index: number): number {
    return this.from + (offsets[index] as number);
  }

  #date(offsets: readonly number[], index: number): string {
    return new Date(this.#instant(offsets, index)).toISOString();
  }
}
