import type { HealthIssue, SchedulerHealth } from "client-event-scheduler/slim";
import type { ServerScheduler } from "../api/scheduler";
import type { Tone } from "../scheduler/vocabulary";
import type { ServerHealth } from "./serverHealth";

/** Something that is not as it should be, and what a person can do about it. */
export interface Ailment {
  readonly key: string;
  readonly tone: Tone;
  readonly what: string;
  readonly remedy: string;
}

const SEVERITY_TONES: Readonly<Record<HealthIssue["severity"], Tone>> = {
  info: "blue",
  warning: "amber",
  error: "red",
};

const PAGE: Readonly<Record<HealthIssue["code"], readonly [what: string, remedy: string]>> = {
  NOT_RUNNING: ["This page's scheduler does not run.", "Reload the page."],
  EVENTS_QUARANTINED: [
    "Some events are kept without triggers, because their definitions are invalid.",
    "Correct them below: their triggers are queued at once.",
  ],
  CORE_FAILED: ["This page's scheduler has failed.", "Reload the page. The server has everything that was saved."],
  CORE_REBUILT: [
    "This page's scheduler had failed and was built anew.",
    "Nothing needs doing. If it happens again, report what you did before.",
  ],
  SYNC_FAILING: [
    "Changes made elsewhere do not arrive.",
    "Look whether the server runs and this machine is online. The page keeps trying by itself.",
  ],
  SYNC_DIVERGED: [
    "This page had differed from the server and has taken everything anew.",
    "Nothing needs doing. If the count grows, report it: some change of the server does not reach the feed.",
  ],
  CLOCK_FAILING: ["The time that was given to this page does not work.", "Look at the clock of this device."],
  DEVICE_CLOCK_WRONG: [
    "The clock of this device is off by more than a minute.",
    "Set it; until then the server's time is used.",
  ],
  PAUSED: ["This page's scheduler is paused: nothing fires in it.", "Resume it, or reload the page."],
  DEAD_LETTERS: [
    "Some effects of triggers have failed at every attempt.",
    "Find the reason in the browser's console, then try them again.",
  ],
  STORAGE_FAILED: [
    "This browser keeps nothing for the page: a reload begins from nothing.",
    "Leave private browsing, free some space, or allow this site to store data.",
  ],
  STORAGE_SET_ASIDE: [
    "What this browser had kept could not be used and was begun anew.",
    "Nothing needs doing: everything has been loaded from the server.",
  ],
  EACH_TAB_ACTS: [
    "The tabs of this browser cannot agree which of them acts.",
    "Open the admin over HTTPS and allow it to store data.",
  ],
  HANDLERS_DIFFER: ["Another tab has an older version of this page open.", "Reload the other tabs."],
  TICKS_COARSE: [
    "While this tab is hidden the browser wakes it seldom, so that it fires late.",
    "Keep it in front when seconds matter, or allow workers in the content security policy. The server is not affected.",
  ],
  CLOCK_JUMPED: [
    "The clock of this device was set, or the device has slept.",
    "Nothing needs doing: what was missed has been caught up on.",
  ],
};

/** What ails the page. An issue of a later version of the package speaks for itself. */
export function pageAilments(health: SchedulerHealth): readonly Ailment[] {
  return health.issues.map(({ code, severity, message }) => {
    const [what, remedy] = PAGE[code] ?? [message, ""];
    return { key: code, tone: SEVERITY_TONES[severity], what, remedy };
  });
}

interface ServerFacts {
  readonly health: ServerHealth | undefined;
  readonly status: ServerScheduler | undefined;
  readonly error: Error | null;
}

/** What ails the server, the worst first. */
export function serverAilments({ health, status, error }: ServerFacts): readonly Ailment[] {
  if (error) {
    return [
      {
        key: "unreachable",
        tone: "red",
        what: error.message,
        remedy:
          "Look whether the server runs and this machine is online. Triggers go on firing in this page meanwhile.",
      },
    ];
  }
  const found: Ailment[] = [];
  const storeError = health?.store?.error;
  if (storeError) {
    const remedy = "Look whether the database runs, and at the room on its disk. Changes fail until it answers.";
    found.push({ key: "store", tone: "red", what: `The database does not answer: ${storeError}.`, remedy });
  }
  if (health?.scheduler?.running === false) {
    const remedy = "Its log says why. It is started again by itself; if it stays so, restart the server.";
    found.push({ key: "stopped", tone: "red", what: "The server's scheduler does not run.", remedy });
  }
  if (status?.paused) {
    const what = `The server is paused: ${status.paused.reason}`;
    found.push({
      key: "paused",
      tone: "amber",
      what,
      remedy: "Resume it when the reason is gone: nothing fires until then.",
    });
  }
  const lastError = status?.last_error ?? health?.scheduler?.last_error;
  if (lastError) {
    const remedy = "It went on after that. Look into its log if this is recent.";
    found.push({ key: "last error", tone: "amber", what: `Its latest error: ${lastError.message}`, remedy });
  }
  return found;
}
