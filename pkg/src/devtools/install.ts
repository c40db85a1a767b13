import { pageRegistry } from "../page/registry.js";
import type { ClientEventScheduler } from "../scheduler.js";
import type { Unsubscribe } from "../types/scheduler-types.js";
import { Timeline } from "./timeline.js";

/** How often ticks that changed nothing are looked for, and schedulers that were made meanwhile. */
const SAMPLE_MS = 1000;

/**
 * Shows the ticks and deliveries of a scheduler as a track of their own in the performance panel of Chromium's developer
 * tools: record there, and look for "Event scheduler". Without an argument all schedulers of the page are followed, those
 * made later too. The function that it returns switches that off again.
 *
 * It only reads: no handler is registered and nothing is delivered differently.
 */
export function installDevtools(scheduler?: ClientEventScheduler): Unsubscribe {
  const timelines = new Map<ClientEventScheduler, Timeline>();
  const sample = (): void => {
    const followed = scheduler === undefined ? pageRegistry().schedulers : [scheduler];
    for (const one of followed) {
      if (!timelines.has(one) && !one.disposed) {
        timelines.set(one, new Timeline(one));
      }
    }
    for (const [one, timeline] of timelines) {
      if (one.disposed) {
        timeline.end();
        timelines.delete(one);
      } else {
        timeline.sample();
      }
    }
  };
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    for (const timeline of timelines.values()) {
      timeline.end();
    }
    timelines.clear();
  };
}
