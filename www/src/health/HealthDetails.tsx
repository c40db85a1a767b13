import type { SchedulerHealth } from "client-event-scheduler";
import type { ReactNode } from "react";
import { useSchedulerStatus } from "../scheduler/hooks";
import { syncWords } from "../scheduler/vocabulary";
import { formatClock } from "../time/format";
import classes from "./Health.module.css";
import { QuarantineList } from "./QuarantineList";
import type { ServerHealth } from "./serverHealth";

interface Props {
  readonly page: SchedulerHealth;
  readonly server: ServerHealth | undefined;
  readonly serverError: Error | null;
}

const count = (value: number | undefined) => value?.toLocaleString() ?? "–";

/** Page and server side by side, and below them what needs a person. */
export function HealthDetails({ page, server, serverError }: Props) {
  const status = useSchedulerStatus();
  const scheduler = serverError ? undefined : server?.scheduler;
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
          <Line
            label="Scheduler"
            page={page.running ? "running" : "stopped"}
            server={serverState(scheduler, serverError)}
          />
          <Line label="Events tracked" page={count(status.eventsTracked)} server={count(scheduler?.events_tracked)} />
          <Line
            label="Triggers queued"
            page={count(status.triggersQueued)}
            server={count(scheduler?.triggers_queued)}
          />
          <Line
            label="Quarantined"
            page={count(page.quarantined.length)}
            server={count(scheduler?.quarantined?.length)}
          />
          <Line label="Rebuilt" page={times(page.rebuilds)} server={scheduler ? times(scheduler.restarts ?? 0) : "–"} />
          <Line label="Version" page={page.versions.package} server={server?.version ?? "–"} />
        </tbody>
      </table>
      <p className={classes.sync}>
        Kept in step: <strong>{syncWords(page.sync.state)}</strong>
        {page.sync.lastContactAt !== null && `, last heard of at ${formatClock(page.sync.lastContactAt)}`}
      </p>
      <Issues page={page} serverError={serverError} lastError={scheduler?.last_error?.message} />
      <QuarantineList quarantined={page.quarantined} />
    </div>
  );
}

const times = (number: number) => (number === 0 ? "never" : `${number} ×`);

function serverState(scheduler: ServerHealth["scheduler"], error: Error | null): string {
  if (error) return "unreachable";
  if (!scheduler) return "–";
  return scheduler.running === false ? "stopped" : "running";
}

function Line({
  label,
  page,
  server,
}: {
  readonly label: string;
  readonly page: ReactNode;
  readonly server: ReactNode;
}) {
  return (
    <tr>
      <th scope="row">{label}</th>
      <td>{page}</td>
      <td>{server}</td>
    </tr>
  );
}

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
