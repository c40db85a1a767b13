import type { EventDocument } from "../scheduler/eventFields";
import { usePageScheduler } from "../scheduler/hooks";
import { type Window, windowsOf, windowTimes, windowWords } from "../scheduler/windows";
import classes from "./WindowStrip.module.css";

/** The windows of one event to scale, with the present instant in them. */
export function WindowStrip({ event, label }: { readonly event: EventDocument; readonly label: string }) {
  const windows = windowsOf(event);
  const now = usePageScheduler().now();
  if (windows.length === 0) return null;
  const scale = scaleOf(windows, now);
  return (
    <ul className={classes.strip} aria-label="Windows">
      {windows.map((window) => (
        <li key={window.kind} className={classes.lane}>
          <span className={classes.name}>{windowWords(window.kind)}</span>
          <span className={classes.track}>
            <span
              className={classes.bar}
              data-kind={window.kind}
              data-over={window.until <= now || undefined}
              data-open-start={window.openStart || undefined}
              data-open-end={window.openEnd || undefined}
              style={{
                left: window.openStart ? 0 : scale(window.from),
                right: window.openEnd ? 0 : `calc(100% - ${scale(window.until)})`,
              }}
            />
            <span className={classes.now} style={{ left: scale(now) }} aria-hidden />
          </span>
          <span className={classes.reading}>{windowTimes(window)}</span>
        </li>
      ))}
      <li className={classes.hidden}>Now: {label}</li>
    </ul>
  );
}

const MARGIN = 0.03;

/** Places from the first to the last instant that is drawn, the present one among them, as a share of the width. */
function scaleOf(windows: readonly Window[], now: number): (at: number) => string {
  const from = Math.min(now, ...windows.map((window) => window.from));
  const until = Math.max(now, ...windows.map((window) => window.until));
  const span = Math.max(1, until - from);
  return (at) => `${((MARGIN + ((at - from) / span) * (1 - 2 * MARGIN)) * 100).toFixed(3)}%`;
}
