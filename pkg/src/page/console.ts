import { muteConsoleLogger } from "../ports/logger.js";
import type { ClientEventScheduler } from "../scheduler.js";
import type { Conflicts, DeadLetter, Decision, Simulation } from "../types/deliveries.js";
import type { Explanation } from "../types/explanation.js";
import type { SchedulerHealth, SchedulerStatus } from "../types/scheduler-types.js";
import type { SyncPreview } from "../types/sync-preview.js";
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
  /** Why an event or a trigger is as it is. */
  explain(triggerOrEventId: string): Promise<Explanation | null>;
  /** What would fire within so many hours (24), shown as a table. */
  simulate(hours?: number): Promise<Simulation | null>;
  /** What was decided lately, newest first. */
  history(limit?: number): readonly Decision[];
  /** Deliveries whose handlers have failed at every attempt, shown as a table. */
  deadLetters(): readonly DeadLetter[];
  /** Delivers a dead letter after all; false where there is no such delivery. */
  retry(triggerId: string): boolean;
  /** Pairs of events that overlap at one venue, shown as a table. */
  conflicts(): Promise<Conflicts | null>;
  /** The coming requests to a back end without a stream, shown as a table. */
  previewSync(limit?: number): Promise<SyncPreview | null>;
  /** Switches the log lines of this page off, or on again. */
  logs(on: boolean): void;
  /** Says what can be typed here. */
  help(): string;
}

const HOUR_MS = 3_600_000;

const HELP = `status()       what the scheduler is doing
queue(limit)   the coming triggers, as a table
health()       how the scheduler is, with a sentence for everything that needs attention
explain(id)    why an event or a trigger is as it is, by the id of either
simulate(h)    what would fire within h hours (24), as a table
history(limit) what was decided lately, newest first
deadLetters()  deliveries whose handlers failed at every attempt, as a table
retry(id)      delivers one of them after all, by its trigger id
conflicts()    events that overlap at one venue, as a table
previewSync(n) when the back end is asked where it has no stream, as a table
logs(false)    switches the log lines off; logs(true) on again
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
    explain: async (id: string) => {
      const explanation = (await latest()?.explain(id)) ?? null;
      if (explanation !== null) {
        console.info(explanation.sentence);
      }
      return explanation;
    },
    simulate: async (hours = 24) => {
      const scheduler = latest();
      const simulation = (await scheduler?.simulate({ until: scheduler.now() + hours * HOUR_MS })) ?? null;
      const triggers = simulation?.triggers ?? [];
      console.table(
        triggers.map(({ dueAt, kind, eventId, after }) => ({
          dueAt: new Date(dueAt).toISOString(),
          kind,
          eventId,
          status: after.sub_status,
        })),
      );
      return simulation;
    },
    history: (limit = 20) => latest()?.history({ limit }) ?? [],
    deadLetters: () => {
      const letters = latest()?.deadLetters() ?? [];
      console.table(letters.map(({ triggerId, attempts, reason }) => ({ triggerId, attempts, reason })));
      return letters;
    },
    retry: (triggerId: string) => latest()?.retry(triggerId) ?? false,
    conflicts: async () => {
      const conflicts = (await latest()?.detectConflicts()) ?? null;
      console.table(conflicts?.pairs ?? []);
      return conflicts;
    },
    previewSync: async (limit = 20) => {
      const preview = (await latest()?.previewSync({ limit })) ?? null;
      console.table(preview?.polls.map((poll) => ({ ...poll, at: new Date(poll.at).toISOString() })) ?? []);
      return preview;
    },
    logs: (on: boolean) => muteConsoleLogger(!on),
    help: () => {
      console.info(HELP);
      return HELP;
    },
  });
}
