/** Where the time comes from. */
export interface Clock {
  /** The current time in epoch milliseconds. */
  now(): number;
  /**
   * Milliseconds since some beginning, which nobody sets. A clock that has them is put right by what the back end says of its own;
   * one that has not is gone by as it is.
   */
  monotonic?(): number;
  /** Moves only when somebody moves it: no timers are armed, and whoever moves it calls `scheduler.tick()`. */
  readonly manual?: boolean | undefined;
}

/** The device's clocks. */
export const systemClock: Clock = Object.freeze({ now: () => Date.now(), monotonic: () => performance.now() });
