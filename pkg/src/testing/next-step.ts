import type { ClientEventScheduler } from "../scheduler.js";
import type { RetryOptions } from "../types/deliveries.js";
import type { SchedulerOptions } from "../types/scheduler-types.js";
import type { TriggerDelivery } from "../types/triggers.js";

const ANSWER_TIMEOUT_MS = 60_000;
const RECOVERY_DELAY_MS = 100;

/** Settings that say when something happens. */
type Timing = Pick<SchedulerOptions, "precision" | "recoveryDelayMs"> & { readonly retry?: RetryOptions | undefined };

/**
 * Finds out when the scheduler has something to do next, from what it shows: the page's timers know it from the core, and
 * there are none here.
 */
export class NextStep {
  readonly #scheduler: ClientEventScheduler;
  readonly #timing: Timing;
  /** Deliveries that are not settled as far as is known, with the instant of the last attempt. */
  readonly #unsettled = new Map<string, number>();
  /** When the last delivery left the waiting queue. */
  #releasedAt = Number.NEGATIVE_INFINITY;

  constructor(scheduler: ClientEventScheduler, timing: Timing) {
    this.#scheduler = scheduler;
    this.#timing = timing;
  }

  /** Handlers were called. */
  handedOut({ triggerId, cause, attempt }: TriggerDelivery): void {
    const now = this.#scheduler.now();
    this.#unsettled.set(triggerId, now);
    if (attempt === 1 && (cause === "recovered" || cause === "backfill")) {
      this.#releasedAt = now;
    }
  }

  /** The next instant at which a tick does something, after now; infinity where there is none. */
  instant(): number {
    const now = this.#scheduler.now();
    const { paused, acting, tickMs, nextTrigger, deliveriesWaiting, deliveriesInFlight } = this.#scheduler.status();
    const instants: number[] = [];
    if (nextTrigger !== null && paused === null) {
      const wait = nextTrigger.dueAt - now;
      instants.push(now + (this.#timing.precision === "tick" ? Math.ceil(wait / tickMs) * tickMs : wait));
    }
    if (deliveriesWaiting + deliveriesInFlight > 0) {
      // Elapsed time counts, and each tick adds no more than two ticks' worth of it.
      instants.push(now + tickMs);
    }
    if (deliveriesWaiting > 0 && acting && paused === null) {
      instants.push(this.#releasedAt + (this.#timing.recoveryDelayMs ?? RECOVERY_DELAY_MS));
    }
    if (deliveriesInFlight > 0) {
      instants.push(...this.#answers());
    }
    return Math.min(...instants.filter((at) => at > now));
  }

  /** When deliveries are tried again, or their handlers' time is over. */
  #answers(): number[] {
    const { answerTimeoutMs = ANSWER_TIMEOUT_MS } = this.#timing.retry ?? {};
    const instants: number[] = [];
    for (const [triggerId, handedOutAt] of [...this.#unsettled]) {
      const state = this.#scheduler.explain(triggerId).triggers[0]?.state;
      if (state?.type === "retrying") {
        instants.push(state.at);
      } else if (state?.type === "in_flight") {
        instants.push(handedOutAt + answerTimeoutMs);
      } else {
        this.#unsettled.delete(triggerId);
      }
    }
    return instants;
  }
}
