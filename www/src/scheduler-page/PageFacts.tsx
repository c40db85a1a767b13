import type { SchedulerHealth } from "client-event-scheduler/slim";
import { usePageHealth } from "../scheduler/hooks";
import { syncWords } from "../scheduler/vocabulary";
import { formatDuration } from "../time/duration";
import { formatClock } from "../time/format";
import { type Fact, Facts } from "./Facts";
import { useWatchedScheduler } from "./queries";
import classes from "./SchedulerPage.module.css";

const NOTHING = "–";

/** What the page's scheduler goes by — the feed, the tabs, the storage, its ticks —, and who acts on the server. */
export function PageFacts() {
  const health = usePageHealth();
  const server = useWatchedScheduler();
  return (
    <div className={classes.grid}>
      <Facts title="Kept in step" facts={syncFacts(health)} />
      <Facts title="Tabs and storage" facts={tabFacts(health)} />
      <Facts title="Ticks of this page" facts={tickFacts(health)} />
      {server.data && !server.isError && (
        <Facts
          title="Who acts on the server"
          facts={[
            ["Node", server.data.node.holder || NOTHING],
            ["Answering now", server.data.node.acting ? "the node that acts" : "a node that stands by"],
            ["Lease", `number ${server.data.node.epoch.toLocaleString()}`],
            ["Seen alive", server.data.node.alive_at ? formatClock(Date.parse(server.data.node.alive_at)) : NOTHING],
            ["Last error", server.data.last_error?.message ?? "none"],
          ]}
        />
      )}
    </div>
  );
}

function syncFacts({ sync }: SchedulerHealth): readonly Fact[] {
  return [
    ["State", syncWords(sync.state)],
    ["Last heard of", sync.lastContactAt === null ? NOTHING : formatClock(sync.lastContactAt)],
    ["Place in the feed", <code key="cursor">{sync.cursor ?? NOTHING}</code>],
    ["Failures in a row", sync.failures.toLocaleString()],
    ["Found to differ", sync.divergences === 0 ? "never" : `${sync.divergences} ×, and repaired`],
    ["Last error", sync.lastError?.message ?? "none"],
  ];
}

const ROLES: Record<SchedulerHealth["lease"]["role"], string> = {
  acting: "this tab",
  waiting: "another tab of this browser",
  solo: "each tab for itself",
  off: "nobody: the scheduler does not run",
};

const STORES: Record<SchedulerHealth["storage"]["state"], string> = {
  kept: "kept across reloads",
  memory: "in memory only",
  off: "not kept",
};

function tabFacts({ lease, storage }: SchedulerHealth): readonly Fact[] {
  return [
    ["Who acts", ROLES[lease.role] ?? lease.role],
    ["Lease", lease.epoch === null ? NOTHING : `number ${lease.epoch.toLocaleString()}`],
    ["Events and what has fired", `${STORES[storage.state] ?? storage.state} (${storage.kind})`],
    ["Last written", storage.lastWriteAt === null ? NOTHING : formatClock(storage.lastWriteAt)],
    ["Trouble", storage.reason ?? "none"],
  ];
}

function tickFacts({ ticks }: SchedulerHealth): readonly Fact[] {
  if (!ticks) return [["Source", NOTHING]];
  const { lateness, clockJumps } = ticks;
  return [
    ["Source", ticks.source === "worker" ? "a worker, exact also while hidden" : "the page's own timers"],
    ["Longest wait of late", ticks.resolutionMs === null ? NOTHING : formatDuration(ticks.resolutionMs)],
    ["Last gap", ticks.lastGapMs === null ? "none" : formatDuration(ticks.lastGapMs)],
    [
      "Lateness of triggers",
      lateness.count === 0
        ? "none has fired"
        : `${formatDuration(lateness.p50)} half of the time, at most ${formatDuration(lateness.max)}`,
    ],
    [
      "Clock set",
      clockJumps.count === 0 ? "never" : `${clockJumps.count} ×, last by ${formatDuration(clockJumps.lastMs ?? 0)}`,
    ],
  ];
}
