import type { SyncHealth } from "./sync/sync-health.js";
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
  readonly rebuilds: number;
  /** Events were lost when the core was built anew, and have not been loaded again since. */
  readonly eventsLost: boolean;
  readonly clockFailed: boolean;
  readonly coreVersion: string;
  readonly timeZonesVersion: string;
}

/** After so many failures in a row, sync is reported as failing. */
const FAILURES_TO_REPORT = 3;

/** Puts the facts into sentences, and their worst severity into one word. */
export function schedulerHealth(facts: HealthFacts): SchedulerHealth {
  const issues = [...issuesOf(facts)];
  return Object.freeze({
    state: stateOf(issues),
    running: facts.running,
    issues: Object.freeze(issues),
    quarantined: facts.quarantined,
    sync: facts.sync,
    rebuilds: facts.rebuilds,
    versions: Object.freeze({ package: VERSION, core: facts.coreVersion, timeZones: facts.timeZonesVersion }),
  });
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
  if (clockFailed) {
    yield issue(
      "CLOCK_FAILING",
      "warning",
      "the clock that was given does not work: the device's clock is used instead",
    );
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
