const SECOND_MS = 1000;
/** Timers may fire a little before their time by the wall clock. */
const TOLERANCE_MS = 50;

/**
 * A clock that moves once a second, on the second, for everyone who watches it; it stands still when nobody does. What
 * it shows changes with its ticks alone, so that two reads between them agree, whatever the time is.
 */
export class SecondClock {
  readonly #now: () => number;
  readonly #byHand: boolean;
  readonly #watchers = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #current: number | null = null;

  /** One that goes `byHand` has no timers: {@link SecondClock.catchUp} moves it. */
  constructor(now: () => number, byHand = false) {
    this.#now = now;
    this.#byHand = byHand;
  }

  /** The last full second, in epoch milliseconds; `null` for a clock that was never wound up. */
  get current(): number | null {
    return this.#current;
  }

  /** Sets a clock that stands still, and keeps it going for a second at least. */
  wind(): void {
    if (this.#timer === undefined) {
      this.#current = this.#lastSecond();
      this.#arm();
    }
  }

  readonly watch = (onTick: () => void): (() => void) => {
    this.#watchers.add(onTick);
    this.wind();
    return () => {
      this.#watchers.delete(onTick);
      if (this.#watchers.size === 0) {
        clearTimeout(this.#timer);
        this.#timer = undefined;
      }
    };
  };

  /** Time has passed: shows the present second. */
  catchUp(): void {
    const before = this.#current;
    this.#current = this.#lastSecond();
    if (this.#current !== before) {
      for (const onTick of [...this.#watchers]) {
        onTick();
      }
    }
  }

  #arm(): void {
    if (this.#byHand) {
      return;
    }
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#watchers.size > 0) {
          this.#arm();
          this.catchUp();
        }
      },
      SECOND_MS - (this.#now() % SECOND_MS),
    );
  }

  #lastSecond(): number {
    const tolerance = this.#byHand ? 0 : TOLERANCE_MS;
    return Math.floor((this.#now() + tolerance) / SECOND_MS) * SECOND_MS;
  }
}

interface TimeKeeper {
  now(): number;
}

const clocks = new WeakMap<TimeKeeper, SecondClock>();
const deviceClock = new SecondClock(() => Date.now());

/** The clock of a scheduler, the same one for all who ask; the device's without a scheduler. */
export function secondClockOf(scheduler: TimeKeeper | null): SecondClock {
  if (scheduler === null) {
    return deviceClock;
  }
  return clocks.get(scheduler) ?? keep(scheduler, false);
}

/** Makes the clock of a scheduler whose time is moved by hand. */
export function secondClockByHand(scheduler: TimeKeeper): SecondClock {
  return keep(scheduler, true);
}

function keep(scheduler: TimeKeeper, byHand: boolean): SecondClock {
  const clock = new SecondClock(() => scheduler.now(), byHand);
  clocks.set(scheduler, clock);
  return clock;
}
