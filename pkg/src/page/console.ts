import type { ClientEventScheduler } from "../scheduler.js";
import type { SchedulerHealth, SchedulerStatus } from "../types/scheduler-types.js";
import type { QueuedTrigger } from "../types/triggers.js";
import { VERSION } from "../version.js";

/** What `window.__CLIENT_EVENT_SCHEDULER__` offers. */
export interface ConsoleApi {
  readonly version: string;
  /** What the scheduler is doing. */
  status(): SchedulerStatus | null;
  /** The coming triggers, shown as a table. */
  queue(limit?: number): readonly QueuedTrigger[];
  /** How the scheduler is. */
  health(): SchedulerHealth | null;
  /** Says what can be typed here. */
  help(): string;
}

const HELP = `status()       what the scheduler is doing
queue(limit)   the coming triggers, as a table
health()       how the scheduler is, with a sentence for everything that needs attention
version        of the package`;

/** The object for people at the console. It acts on the scheduler that was made last. */
export function consoleApi({ schedulers }: { readonly schedulers: ReadonlySet<ClientEventScheduler> }): ConsoleApi {
  const latest = (): ClientEventScheduler | null => {
    const scheduler = [...schedulers].at(-1);
    if (scheduler === undefined) {
      console.info("There is no scheduler on this page now.");
    }
    return scheduler ?? null;
  };
  return Object.freeze({
    version: VERSION,
    status: () => latest()?.status() ?? null,
    queue: (limit = 20) => {
      const queue = latest()?.queue({ limit }) ?? [];
      console.table(queue.map((trigger) => ({ ...trigger, dueAt: new Date(trigger.dueAt).toISOString() })));
      return queue;
    },
    health: () => latest()?.health() ?? null,
    help: () => {
      console.info(HELP);
      return HELP;
    },
  });
}
