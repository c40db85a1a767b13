const SECOND_MS = 1000;
/** Timers may fire a little before their time by the wall clock. */
const TOLERANCE_MS = 50;

/** A clock that moves once a second, on the second, for everyone who watches it; it stands still when nobody does. */
export class SecondClock {
  readonly #now: () => number;
  readonly #watchers = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #current = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The last full second, in epoch milliseconds. */
  read(): number {
    if (this.#timer === undefined) {
      this.#current = this.#lastSecond();
    }
    return this.#current;
  }

  readonly watch = (onTick: () => void): (() => void) => {
    this.#watchers.add(onTick);
    if (this.#timer === undefined) {
      this.#current = this.#lastSecond();
      this.#arm();
    }
    return () => {
      this.#watchers.delete(onTick);
      if (this.#watchers.size === 0) {
        clearTimeout(this.#timer);
        this.#timer = undefined;
      }
    };
  };

  #arm(): void {
    const rest = SECOND_MS - (this.#now() % SECOND_MS);
    this.#timer = setTimeout(() => {
      this.#current = this.#lastSecond();
      this.#arm();
      for (const onTick of [...this.#watchers]) {
        onTick();
      }
    }, rest);
  }

  #lastSecond(): number {
    return Math.floor((this.#now() + TOLERANCE_MS) / SECOND_MS) * SECOND_MS;
  }
}

const clocks = new WeakMap<object, SecondClock>();
const deviceClock = new SecondClock(() => Date.now());

/** The clock of a scheduler, the same one for all who ask; the device's without a scheduler. */
export function secondClockOf(scheduler: { now(): number } | null): SecondClock {
  if (scheduler === null) {
    return deviceClock;
  }
  let clock = clocks.get(scheduler);
  if (clock === undefined) {
    clock = new SecondClock(() => scheduler.now());
    clocks.set(scheduler, clock);
  }
  return clock;
}
