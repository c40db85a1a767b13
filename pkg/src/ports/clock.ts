/** Where the time comes from. */
export interface Clock {
  /** The current time in epoch milliseconds. */
  now(): number;
  /** Moves only when somebody moves it: no timers are armed, and whoever moves it calls `scheduler.tick()`. */
  readonly manual?: boolean | undefined;
}

/** The device's clock. */
export const systemClock: Clock = Object.freeze({ now: () => Date.now() });
