import { announceCopy, pageRegistry } from "./page/registry.js";
import { consoleLogger, loggerFrom } from "./ports/logger.js";
import { type ClientEventScheduler, createScheduler } from "./scheduler.js";
import type { EventFields, EventInput } from "./types/events.js";
import type { MutationResult, SchedulerOptions, SchedulerStatus } from "./types/scheduler-types.js";

/**
 * The one scheduler on which the module functions act. It is made and started when it is first needed; calls made
 * before it is there wait, and are carried out in their order.
 */
class SharedScheduler {
  #options: SchedulerOptions = {};
  #ready: Promise<ClientEventScheduler> | null = null;
  /** User interfaces that hold it. */
  #holders = 0;
  /** It was made for its holders, and goes with the last of them. */
  #ownedByHolders = false;
  /** It is there, and waits for its holders to start it. */
  #waiting: ClientEventScheduler | null = null;
  #current: ClientEventScheduler | null = null;

  get exists(): boolean {
    return this.#ready !== null;
  }

  /** The scheduler, where it is there already. */
  get current(): ClientEventScheduler | null {
    return this.#current;
  }

  /** Settings for when it is made. Once it is there they come too late, which is said. */
  configure(options: SchedulerOptions): void {
    if (this.#ready === null) {
      this.#options = options;
    } else if (options !== this.#options) {
      loggerFrom(options.logger).warn("the default scheduler is there already: these options come too late", options);
    }
  }

  /** Makes and starts it if it is not there. */
  get(): Promise<ClientEventScheduler> {
    this.#ready ??= this.#create();
    return this.#ready;
  }

  /** Carries out `use` once it is there. The promise may reject, but a rejection that nobody looks at does no harm. */
  run<T>(what: string, use: (scheduler: ClientEventScheduler) => T): Promise<T> {
    const done = this.get().then(use);
    done.catch((thrown: unknown) => {
      loggerFrom(this.#options.logger).error(`${what} has failed: ${String(thrown)}`, thrown);
    });
    return done;
  }

  /** A user interface will hold it, and wants these settings if it is the first to need it. */
  prepare(options: SchedulerOptions | undefined): void {
    if (this.#ready === null) {
      this.#options = options ?? this.#options;
      this.#ownedByHolders = true;
    } else if (options !== undefined && !this.#ownedByHolders) {
      this.configure(options);
    }
  }

  /** Keeps it alive until {@link SharedScheduler.release}. */
  hold(): Promise<ClientEventScheduler> {
    this.#holders += 1;
    return this.get();
  }

  /** The holders' handlers are registered, so that what was missed can be delivered to them. */
  startForHolders(): void {
    this.#waiting?.start();
    this.#waiting = null;
  }

  /** Somebody else has decided whether it runs. */
  startNoMore(): void {
    this.#waiting = null;
  }

  release(): void {
    this.#holders -= 1;
    // React mounts twice in StrictMode: whoever lets go may take hold again at once.
    setTimeout(() => {
      if (this.#holders === 0 && this.#ownedByHolders) {
        this.#dispose();
      }
    }, 0);
  }

  async #create(): Promise<ClientEventScheduler> {
    try {
      const scheduler = await createScheduler(this.#options);
      this.#current = scheduler;
      if (this.#ownedByHolders) {
        this.#waiting = scheduler;
      } else {
        scheduler.start();
      }
      return scheduler;
    } catch (thrown) {
      // The next call tries again.
      this.#ready = null;
      throw thrown;
    }
  }

  #dispose(): void {
    const ready = this.#ready;
    this.#ready = null;
    this.#ownedByHolders = false;
    ready?.then(
      (scheduler) => {
        if (this.#current === scheduler) {
          this.#current = null;
          this.#waiting = null;
        }
        scheduler.dispose();
      },
      () => undefined,
    );
  }
}

export type { SharedScheduler };

/** The shared scheduler of the page, of whichever copy of the package has made it. */
export function sharedScheduler(): SharedScheduler {
  const registry = pageRegistry();
  if (registry.shared !== null) {
    announceCopy(consoleLogger);
  }
  registry.shared ??= new SharedScheduler();
  return registry.shared as SharedScheduler;
}

/** Adds an event to the default scheduler, or replaces the one that has its id. */
export function addEventToScheduler<E extends EventInput>(event: E | string): Promise<MutationResult> {
  return sharedScheduler().run("addEventToScheduler", (scheduler) => scheduler.addEvent(event));
}

/** Replaces an event of the default scheduler, or adds it. The id need not be repeated in `event`. */
export function updateEventInScheduler<E extends EventFields>(
  eventId: string,
  event: E | string,
): Promise<MutationResult> {
  return sharedScheduler().run("updateEventInScheduler", (scheduler) => scheduler.updateEvent(eventId, event));
}

/** Removes an event from the default scheduler. */
export function removeEventFromScheduler(eventId: string): Promise<MutationResult> {
  return sharedScheduler().run("removeEventFromScheduler", (scheduler) => scheduler.removeEvent(eventId));
}

/** An event was approved: its triggers are added at once. `event` is the document as it is now, where it is at hand. */
export function handleEventApproval<E extends EventFields>(eventId: string, event?: E | null): Promise<MutationResult> {
  return sharedScheduler().run("handleEventApproval", (scheduler) => scheduler.approveEvent(eventId, event));
}

/** An event was declined: its triggers are removed at once. */
export function handleEventDecline(eventId: string): Promise<MutationResult> {
  return sharedScheduler().run("handleEventDecline", (scheduler) => scheduler.declineEvent(eventId));
}

/** Starts the default scheduler. `options` count when it is not there yet. */
export function startScheduler(options?: SchedulerOptions): Promise<ClientEventScheduler> {
  const shared = sharedScheduler();
  if (options !== undefined) {
    shared.configure(options);
  }
  return shared.run("startScheduler", (scheduler) => {
    scheduler.start();
    return scheduler;
  });
}

/** Stops the default scheduler. Its events stay; `startScheduler` goes on. */
export function stopScheduler(): Promise<void> {
  const shared = sharedScheduler();
  return shared.exists
    ? shared.run("stopScheduler", (scheduler) => {
        shared.startNoMore();
        scheduler.stop();
      })
    : Promise.resolve();
}

/** What the default scheduler is doing. */
export function getSchedulerStatus(): Promise<SchedulerStatus> {
  return sharedScheduler().run("getSchedulerStatus", (scheduler) => scheduler.status());
}

/** Sets how old, in hours, a missed trigger may be and still be delivered. */
export function setMaxDowntimeHours(hours: number): Promise<void> {
  return sharedScheduler().run("setMaxDowntimeHours", (scheduler) => scheduler.setMaxDowntimeHours(hours));
}
