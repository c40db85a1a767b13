import { useCountdown } from "client-event-scheduler/react";
import classes from "./Countdown.module.css";
import { formatCountdown, nearness } from "./countdown";

/** The time left until `target` in epoch milliseconds, counted by the scheduler's clock once a second. */
export function Countdown({ target }: { readonly target: number }) {
  const { totalMs } = useCountdown(target);
  return (
    <span className={classes.countdown} data-nearness={nearness(totalMs)} role="timer">
      {formatCountdown(totalMs)}
    </span>
  );
}
