import { IconCircleCheck } from "@tabler/icons-react";
import type { ServerScheduler } from "../api/scheduler";
import { useSchedulerStatus } from "../scheduler/hooks";
import { useServerScheduler } from "../scheduler/serverRecord";
import { formatDuration } from "../time/duration";
import { Instant } from "../time/Instant";
import { Panel } from "../ui/Panel";
import classes from "./Dashboard.module.css";
import { missedLines } from "./record";

/** What came due while nobody was there to fire it, and what became of it. */
export function Missed() {
  const { missed, maxDowntimeHours } = useSchedulerStatus();
  const server = useServerScheduler().data;
  const lines = missedLines(missed, server?.missed);
  return (
    <Panel title="Missed and recovered" aside={`catch-up window ${maxDowntimeHours} h`}>
      {lines.length === 0 ? (
        <p className={classes.calm}>
          <IconCircleCheck size={18} stroke={1.7} aria-hidden />
          Nothing was missed. What comes due while page or server are away is caught up on and counted here.
        </p>
      ) : (
        <table className={classes.facts}>
          <thead>
            <tr>
              <th scope="col">Triggers</th>
              <th scope="col">This page</th>
              <th scope="col">Server</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ label, page, server: there }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td>{page.toLocaleString()}</td>
                <td>{there?.toLocaleString() ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {server?.last_downtime && <LastDowntime downtime={server.last_downtime} />}
    </Panel>
  );
}

function LastDowntime({ downtime }: { readonly downtime: NonNullable<ServerScheduler["last_downtime"]> }) {
  return (
    <p className={classes.downtime}>
      The server was last away for <strong>{formatDuration(downtime.duration_ms)}</strong>, until{" "}
      <Instant at={Date.parse(downtime.until)} />, and found {downtime.missed.toLocaleString()} triggers due when it
      came back.
    </p>
  );
}
