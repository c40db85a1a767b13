import type { Logger } from "../ports/logger.js";
import type { ClientEventScheduler } from "../scheduler.js";
import { VERSION } from "../version.js";
import { consoleApi } from "./console.js";

/** What the copies of this package on one page share. Its shape must not change: other versions read it. */
export interface PageRegistry {
  /** Versions of the copies, the first one first. */
  readonly copies: string[];
  /** The schedulers that live, the oldest first. */
  readonly schedulers: Set<ClientEventScheduler>;
  /** The one that the module functions use, of whichever copy needed it first. */
  shared: unknown;
}

const KEY = Symbol.for("client-event-scheduler/registry/1");
const CONSOLE_NAME = "__CLIENT_EVENT_SCHEDULER__";

type Global = { [KEY]?: PageRegistry; window?: { [CONSOLE_NAME]?: unknown } };

let joined = false;

/** The registry of this page, or of this process. */
export function pageRegistry(): PageRegistry {
  const global = globalThis as Global;
  global[KEY] ??= { copies: [], schedulers: new Set(), shared: null };
  return global[KEY];
}

/** Counts this copy of the package, and warns when it is not the only one. */
export function announceCopy(logger: Logger): void {
  if (joined) {
    return;
  }
  joined = true;
  const { copies } = pageRegistry();
  copies.push(VERSION);
  if (copies.length > 1) {
    logger.warn(
      `this page has several copies of the package: ${copies.join(" and ")}. The module functions of all of them act on ` +
        "one scheduler, that of the first. Bundle one copy: see `npm ls client-event-scheduler`.",
    );
  }
}

/** Makes a scheduler known to the page and its console. `shared` when it has the store and the lease of its name. */
export function joinPage(scheduler: ClientEventScheduler, logger: Logger, shared: boolean): void {
  announceCopy(logger);
  const registry = pageRegistry();
  if (shared && [...registry.schedulers].some(({ name }) => name === scheduler.name)) {
    logger.warn(
      `this page has several schedulers with the name "${scheduler.name}": they share events and state, and the handlers ` +
        "of one of them run. Give each its own `name`, or use one.",
    );
  }
  registry.schedulers.add(scheduler);
  const { window } = globalThis as Global;
  if (window !== undefined) {
    window[CONSOLE_NAME] ??= consoleApi(registry);
  }
}

export function leavePage(scheduler: ClientEventScheduler): void {
  pageRegistry().schedulers.delete(scheduler);
}
