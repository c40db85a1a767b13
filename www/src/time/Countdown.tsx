import { useCountdown } from "client-event-scheduler/react";
import classes from "./Countdown.module.css";
import { formatCountdown, nearness } from "./countdown";

/** The time left until `target` in epoch milliseconds, counted by the scheduler's clock once a second. */
export function Countdown({ target }: { readonly target: number }) {
  const remainingMs = useCountdown(target);
  if (remainingMs === null) return null;
  return (
    <span className={classes.countdown} data-nearness={nearness(remainingMs)} role="timer">
      {formatCountdown(remainingMs)}
    </span>
  );
}
