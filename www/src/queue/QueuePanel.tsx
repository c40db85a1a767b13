import { useSchedulerStatus } from "../scheduler/hooks";
import { ComingTriggers } from "./ComingTriggers";
import { JustHappened } from "./JustHappened";
import classes from "./QueuePanel.module.css";

/** What this page's own scheduler is about to do, and what it just did. */
export function QueuePanel() {
  const { triggersQueued } = useSchedulerStatus();
  return (
    <>
      <section className={classes.coming} aria-labelledby="coming-triggers">
        <header className={classes.header}>
          <h2 id="coming-triggers">Coming up</h2>
          <span className={classes.count}>{triggersQueued.toLocaleString()} queued</span>
        </header>
        <ComingTriggers queued={triggersQueued} />
      </section>
      <section className={classes.happened} aria-labelledby="just-happened">
        <header className={classes.header}>
          <h2 id="just-happened">Just happened</h2>
        </header>
        <JustHappened />
      </section>
    </>
  );
}
