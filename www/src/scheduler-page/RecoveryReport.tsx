import { useSearchParams } from "react-router";
import { useTickingStatus } from "../health/useTickingStatus";
import { happeningWords } from "../scheduler/vocabulary";
import { formatDuration } from "../time/duration";
import { Instant } from "../time/Instant";
import { Panel } from "../ui/Panel";
import { useWatchedScheduler } from "./queries";
import classes from "./SchedulerPage.module.css";

/** What became of what was missed, in the order of good news. */
const FATES = ["recovered", "superseded", "skipped", "expired"] as const;

/** The last time in which nothing ran, what was missed, and what became of it: on the server, and in this page. */
export function RecoveryReport() {
  const server = useWatchedScheduler().data;
  const { missed } = useTickingStatus();
  if (!server) return null;
  const downtime = server.last_downtime;
  return (
    <Panel title="Downtime and recovery">
      <p className={classes.sentence}>
        {downtime ? (
          <>
            The server's scheduler last stood still for <strong>{formatDuration(downtime.duration_ms)}</strong>, from{" "}
            <Instant at={Date.parse(downtime.since)} /> to <Instant at={Date.parse(downtime.until)} />
            {downtime.missed === 0
              ? ". Nothing came due in that time."
              : `, and missed ${downtime.missed.toLocaleString()} ${downtime.missed === 1 ? "trigger" : "triggers"}.`}
          </>
        ) : (
          "The server's scheduler has run without a gap since its database was made."
        )}
      </p>
      <div className={classes.counters}>
        <Counter label="missed" count={server.missed.detected} />
        {FATES.map((fate) => (
          <Counter key={fate} label={happeningWords(fate)} count={server.missed[fate]} cause={fate} />
        ))}
        <Counter label="on time" count={server.settled.on_time ?? 0} cause="on_time" />
        <Counter label="late" count={server.settled.late ?? 0} cause="late" />
        <Counter label="backfilled" count={server.settled.backfill ?? 0} cause="backfill" />
      </div>
      <p className={classes.soft}>
        {missed.detected === 0
          ? "This page has missed nothing since it was opened."
          : `This page found ${missed.detected.toLocaleString()} missed since it was opened: ${missed.delivered.toLocaleString()} delivered, ${missed.expired.toLocaleString()} expired, ${missed.superseded.toLocaleString()} superseded, ${missed.skipped.toLocaleString()} left out, ${missed.elsewhere.toLocaleString()} settled elsewhere.`}
      </p>
    </Panel>
  );
}

interface CounterProps {
  readonly label: string;
  readonly count: number;
  /** Leads to what of the history has this cause. */
  readonly cause?: string;
}

function Counter({ label, count, cause }: CounterProps) {
  const [, setParams] = useSearchParams();
  const words = (
    <>
      <strong>{count.toLocaleString()}</strong> <span>{label}</span>
    </>
  );
  if (!cause || count === 0) return <span className={classes.counter}>{words}</span>;
  return (
    <button type="button" className={classes.counter} onClick={() => setParams({ tab: "history", cause })}>
      {words}
    </button>
  );
}
