import type { ServerTimeHealth } from "./engine/server-time.js";
import type { SyncHealth } from "./sync/sync-health.js";
import type { LeaseHealth, StorageHealth } from "./tabs/tab-health.js";
import type { TickHealth } from "./tabs/tick-meter.js";
import type { SchedulerPause } from "./types/deliveries.js";
import type { HealthIssue, QuarantinedEvent, SchedulerHealth } from "./types/scheduler-types.js";
import { VERSION } from "./version.js";

/** What `health()` is made of. */
export interface HealthFacts {
  readonly running: boolean;
  readonly dead: boolean;
  readonly quarantined: readonly QuarantinedEvent[];
  /** `null` where there is no core to ask. */
  readonly deliveries: { readonly paused: SchedulerPause | null; readonly deadLetters: number } | null;
  readonly sync: SyncHealth;
  readonly storage: StorageHealth;
  readonly lease: LeaseHealth;
  readonly ticks: TickHealth | null;
  /** Whether there are handlers in this tab. */
  readonly handles: boolean;
  readonly rebuilds: number;
  /** Events were lost when the core was built anew, and have not been loaded again since. */
  readonly eventsLost: boolean;
  readonly clockFailed: boolean;
  /** The application has given a clock. */
  readonly clockGiven: boolean;
  /** `null` where there is no core to ask. */
  readonly serverTime: ServerTimeHealth | null;
  readonly coreVersion: string;
  readonly timeZonesVersion: string;
}

/** Called less often than this, a page is late by seconds. */
const COARSE_MS = 5000;

/** After so many failures in a row, sync is reported as failing. */
const FAILURES_TO_REPORT = 3;

/** Puts the facts into sentences, and their worst severity into one word. */
export function schedulerHealth(facts: HealthFacts): SchedulerHealth {
  const issues = [...issuesOf(facts), ...issuesOfProfile(facts)];
  return Object.freeze({
    state: stateOf(issues),
    running: facts.running,
    issues: Object.freeze(issues),
    quarantined: facts.quarantined,
    sync: facts.sync,
    storage: Object.freeze(facts.storage),
    lease: Object.freeze(facts.lease),
    ticks: facts.ticks,
    clock: clockHealth(facts),
    rebuilds: facts.rebuilds,
    versions: Object.freeze({ package: VERSION, core: facts.coreVersion, timeZones: facts.timeZonesVersion }),
  });
}

function clockHealth({ clockGiven, serverTime }: HealthFacts): SchedulerHealth["clock"] {
  const { offsetMs = null, boundMs = null } = serverTime ?? {};
  const source = offsetMs === null ? (clockGiven ? "given" : "device") : "server";
  return Object.freeze({ source, offsetMs, boundMs });
}

function* issuesOf({
  running,
  dead,
  quarantined,
  deliveries,
  sync,
  rebuilds,
  eventsLost,
  clockFailed,
  serverTime,
}: HealthFacts): Generator<HealthIssue> {
  if (dead) {
    yield issue("CORE_FAILED", "error", "the core has failed and could not be built anew: create another scheduler");
  } else if (eventsLost) {
    yield issue("CORE_REBUILT", "error", "the core was built anew and has lost events: call initialize() again");
  } else if (rebuilds > 0) {
    yield issue(
      "CORE_REBUILT",
      "warning",
      `the core has failed and was built anew, times: ${rebuilds}; please report it`,
    );
  }
  if (!running && !dead) {
    yield issue("NOT_RUNNING", "info", "the scheduler does not run: call start()");
  }
  const { paused = null, deadLetters = 0 } = deliveries ?? {};
  if (paused !== null) {
    const since = new Date(paused.since).toISOString();
    yield issue("PAUSED", "info", `nothing fires since ${since} (${paused.reason}): call resume() to go on`);
  }
  if (deadLetters > 0) {
    const message = `deliveries whose handlers failed at every attempt: ${deadLetters}; see deadLetters(), mend the handler, then call retry() with the trigger id of each`;
    yield issue("DEAD_LETTERS", "warning", message);
  }
  if (quarantined.length > 0) {
    const message = `events that are not scheduled because they are invalid: ${quarantined.length}; see \`quarantined\``;
    yield issue("EVENTS_QUARANTINED", "warning", message);
  }
  if (sync.failures >= FAILURES_TO_REPORT) {
    const message = `the back end cannot be reached (${sync.lastError?.message ?? "no reason given"}); changes made elsewhere are missing until it can`;
    yield issue("SYNC_FAILING", "warning", message);
  }
  if (sync.divergences > 0) {
    const message = `the events differed from the back end's, times: ${sync.divergences}; a fresh snapshot was taken`;
    yield issue("SYNC_DIVERGED", "warning", message);
  }
  if (serverTime?.wrong === true) {
    const message = `the device's clock is wrong by about ${Math.round(Math.abs(serverTime.offsetMs ?? 0) / 1000)} s: what fires goes by the back end's time; set the device's clock`;
    yield issue("DEVICE_CLOCK_WRONG", "warning", message);
  }
  if (clockFailed) {
    yield issue(
      "CLOCK_FAILING",
      "warning",
      "the clock that was given does not work: the device's clock is used instead",
    );
  }
}

function* issuesOfProfile({ storage, lease, ticks, handles }: HealthFacts): Generator<HealthIssue> {
  if (storage.state === "memory") {
    const message = `nothing survives a reload: ${storage.reason}`;
    yield issue("STORAGE_FAILED", "warning", message);
  } else if (storage.reason !== null) {
    yield issue("STORAGE_SET_ASIDE", "info", `what was kept could not be used, and was begun anew: ${storage.reason}`);
  }
  if (handles && lease.role === "solo" && ticks !== null) {
    const message =
      "tabs cannot agree here, each runs the handlers: serve the page over HTTPS, and allow it to store data";
    yield issue("EACH_TAB_ACTS", "warning", message);
  }
  if (lease.handlersMissing) {
    const message =
      "the tab that acts does not handle kinds that this one handles: register the same handlers in every tab";
    yield issue("HANDLERS_DIFFER", "warning", message);
  }
  if (ticks !== null && ticks.source === "page" && (ticks.resolutionMs ?? 0) > COARSE_MS) {
    const message = `the browser calls this page every ${ticks.resolutionMs} ms at worst while it is hidden: allow \`worker-src blob:\` in its content security policy`;
    yield issue("TICKS_COARSE", "warning", message);
  }
  const { clockJumps } = ticks ?? {};
  if (clockJumps !== undefined && clockJumps.count > 0) {
    const message = `the device's clock was set, or the machine slept, times: ${clockJumps.count}; the last time by ${clockJumps.lastMs} ms`;
    yield issue("CLOCK_JUMPED", "info", message);
  }
}

function issue(code: HealthIssue["code"], severity: HealthIssue["severity"], message: string): HealthIssue {
  return Object.freeze({ code, severity, message });
}

function stateOf(issues: readonly HealthIssue[]): SchedulerHealth["state"] {
  if (issues.some(({ severity }) => severity === "error")) {
    return "failed";
  }
  return issues.some(({ severity }) => severity === "warning") ? "degraded" : "ok";
}
