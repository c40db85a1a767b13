/**
 * A clock that stands still until it is moved: what the schedulers under test are told the time is. Wall and monotonic time
 * advance together, so that no scheduler sees a jump.
 */
export class ManualClock {
  at;
  #origin;

  constructor(at) {
    this.at = at;
    this.#origin = at;
  }

  /** Epoch milliseconds. */
  now() {
    return this.at;
  }

  /** Milliseconds since the clock was made. */
  monotonic() {
    return this.at - this.#origin;
  }
}
