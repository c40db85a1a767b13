/** Where the time comes from. */
export interface Clock {
  /** The current time in epoch milliseconds. */
  now(): number;
}

/** The device's clock. */
export const systemClock: Clock = Object.freeze({ now: () => Date.now() });
