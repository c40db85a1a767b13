import { IconPlayerPause } from "@tabler/icons-react";
import { Instant } from "../time/Instant";
import { useWatchedScheduler } from "./queries";
import classes from "./SchedulerPage.module.css";

/** Says that the server holds everything back, since when, and why. */
export function PauseBanner() {
  const paused = useWatchedScheduler().data?.paused;
  if (!paused) return null;
  return (
    <div className={classes.paused} role="status">
      <IconPlayerPause size={18} stroke={1.8} aria-hidden />
      <div>
        <strong>The server's scheduler is paused: {paused.reason}</strong>
        <p>
          Since <Instant at={Date.parse(paused.since)} />. Nothing fires until it is resumed; events can still be
          changed.
        </p>
      </div>
    </div>
  );
}
