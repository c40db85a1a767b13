import type { SchedulerHealth, SchedulerStatus } from "client-event-scheduler/slim";
import { syncWords } from "../scheduler/vocabulary";
import { formatClock } from "../time/format";
import classes from "./Health.module.css";
import { QuarantineList } from "./QuarantineList";
import type { ServerHealth } from "./serverHealth";
import { useTickingStatus } from "./useTickingStatus";

interface Props {
  readonly page: SchedulerHealth;
  readonly server: ServerHealth | undefined;
  readonly serverError: Error | null;
  readonly onClose: () => void;
}

/** Page and server side by side, and below them what needs a person. */
export function HealthDetails({ page, server, serverError, onClose }: Props) {
  const status = useTickingStatus();
  const reachable = serverError ? undefined : server;
  return (
    <div className={classes.details}>
      <table className={classes.table}>
        <thead>
          <tr>
            <td />
            <th scope="col">This page</th>
            <th scope="col">Server</th>
          </tr>
        </thead>
        <tbody>
          {comparison(page, status, reachable, serverError).map(([label, here, there]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{here}</td>
              <td>{there}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={classes.sync}>
        Kept in step: <strong>{syncWords(page.sync.state)}</strong>
        {page.sync.lastContactAt !== null && `, last heard of at ${formatClock(page.sync.lastContactAt)}`}
      </p>
      <Issues page={page} serverError={serverError} lastError={reachable?.scheduler?.last_error?.message} />
      <QuarantineList quarantined={page.quarantined} onOpen={onClose} />
    </div>
  );
}

type Comparison = readonly [label: string, here: string, there: string];

const NOTHING = "–";
const count = (value: number | undefined) => value?.toLocaleString() ?? NOTHING;
const times = (value: number | undefined) => (value === 0 ? "never" : value === undefined ? NOTHING : `${value} ×`);
const clock = (at: number | null | undefined) => (at == null ? NOTHING : formatClock(at));

function comparison(
  page: SchedulerHealth,
  status: SchedulerStatus,
  server: ServerHealth | undefined,
  serverError: Error | null,
): readonly Comparison[] {
  const scheduler = server?.scheduler;
  const lastTick = scheduler?.last_tick_at;
  return [
    ["Scheduler", page.running ? "running" : "stopped", serverError ? "unreachable" : running(scheduler?.running)],
    ["Last tick", clock(status.watermark), clock(lastTick ? Date.parse(lastTick) : undefined)],
    ["Events tracked", count(status.eventsTracked), count(scheduler?.events_tracked)],
    ["Triggers queued", count(status.triggersQueued), count(scheduler?.triggers_queued)],
    ["Triggers fired", count(status.triggersFired), count(scheduler?.fired)],
    ["Quarantined", count(status.eventsQuarantined), count(scheduler?.quarantined?.length)],
    ["Rebuilt", times(page.rebuilds), times(scheduler?.restarts)],
    ["Version", page.versions.package, server?.version ?? NOTHING],
    ["Time zones", page.versions.timeZones, server?.time_zones ?? NOTHING],
  ];
}

const running = (value: boolean | undefined) => (value === undefined ? NOTHING : value ? "running" : "stopped");

interface IssuesProps {
  readonly page: SchedulerHealth;
  readonly serverError: Error | null;
  readonly lastError: string | undefined;
}

function Issues({ page, serverError, lastError }: IssuesProps) {
  const sentences = [
    ...page.issues.filter(({ code }) => code !== "EVENTS_QUARANTINED").map(({ message }) => message),
    ...(serverError ? [serverError.message] : []),
    ...(lastError ? [`Server: ${lastError}`] : []),
  ];
  if (sentences.length === 0) return null;
  return (
    <ul className={classes.issues}>
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
