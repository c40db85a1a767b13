import { sharedScheduler } from "../default-scheduler.js";
import { ensureWasmSource } from "../load/ensure-wasm.js";
import { type Logger, loggerFrom } from "../ports/logger.js";
import type { ClientEventScheduler } from "../scheduler.js";
import { hasWasmSource } from "../wasm/loader.js";
import { applyChange, type SchedulerChange } from "./change.js";
import type { FindEvents } from "./exchange.js";

/** What all integrations take. */
export interface IntegrationOptions {
  /** The scheduler to tell. Default: the one of `addEventToScheduler` and its like. */
  readonly scheduler?: ClientEventScheduler | undefined;
  /** Finds the event, or the events, in an answer whose form is unusual. Answering nothing means that it has none. */
  readonly events?: FindEvents | undefined;
  /** Where it is said what went wrong. Default: the console. */
  readonly logger?: Logger | false | undefined;
}

/** Passes changes on to a scheduler. Whatever goes wrong is logged: the page's own work must not suffer. */
export class Sink {
  readonly #scheduler: ClientEventScheduler | undefined;
  readonly #logger: Logger;
  readonly #said = new Set<string>();

  constructor({ scheduler, logger }: IntegrationOptions) {
    this.#scheduler = scheduler;
    this.#logger = loggerFrom(logger);
  }

  /** The scheduler, where it is there already. */
  get current(): ClientEventScheduler | null {
    return this.#scheduler ?? sharedScheduler().current;
  }

  /** Does what `find` answers. `what` names its origin for people. */
  take(what: string, find: () => readonly SchedulerChange[]): void {
    this.guard(what, () => {
      for (const change of find()) {
        if (this.#scheduler === undefined) {
          this.#tellShared(what, change);
        } else {
          this.#tell(what, this.#scheduler, change);
        }
      }
    });
  }

  /** Carries out something that must not throw. */
  guard<T>(what: string, use: () => T): T | undefined {
    try {
      return use();
    } catch (thrown) {
      this.failed(what, thrown);
      return undefined;
    }
  }

  failed(what: string, thrown: unknown): void {
    this.#logger.error(`${what} has not reached the scheduler: ${String(thrown)}`, thrown);
  }

  /** Says something about `what` that is to be mended in the code; once. */
  adviseOnce(what: string, advice: string): void {
    if (!this.#said.has(what)) {
      this.#said.add(what);
      this.#logger.warn(`${what} ${advice}`);
    }
  }

  #tell(what: string, scheduler: ClientEventScheduler, change: SchedulerChange): void {
    this.guard(what, () => applyChange(scheduler, change));
  }

  #tellShared(what: string, change: SchedulerChange): void {
    // Without a detour where that is possible: calls of the page stay in their order.
    const ready = hasWasmSource() ? null : ensureWasmSource();
    const run = (): Promise<void> => sharedScheduler().run(what, (scheduler) => this.#tell(what, scheduler, change));
    (ready === null ? run() : ready.then(run)).catch((thrown: unknown) => this.failed(what, thrown));
  }
}
