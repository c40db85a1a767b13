import type { ClientEventScheduler } from "../scheduler.js";

/**
 * The next instant, after now, at which the scheduler has something to do; infinity where there is none. While nothing is
 * under way, ticks between here and the next trigger would do nothing and are left out.
 */
export function nextStep(scheduler: ClientEventScheduler): number {
  const now = scheduler.now();
  const { paused, tickMs, nextTrigger, deliveriesWaiting, deliveriesInFlight } = scheduler.status();
  const idle = deliveriesWaiting + deliveriesInFlight === 0;
  if (idle && (nextTrigger === null || paused !== null)) {
    return Number.POSITIVE_INFINITY;
  }
  const deadline = scheduler.nextDeadline() ?? now;
  const far = idle && nextTrigger !== null && nextTrigger.dueAt - now > tickMs;
  if (far) {
    // As many whole ticks from here as do not pass it.
    return now + Math.floor((nextTrigger.dueAt - now) / tickMs) * tickMs;
  }
  return deadline > now ? deadline : now + tickMs;
}
