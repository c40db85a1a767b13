import type { EventStatus } from "client-event-scheduler";
import { statusTone, statusWords, subStatusWords } from "../scheduler/vocabulary";
import classes from "./StatusBadge.module.css";
import tones from "./tones.module.css";

/** An event's state in words, `Upcoming` over `Registration open`; its colour only repeats them. */
export function StatusBadge({ status }: { readonly status: EventStatus | undefined }) {
  if (!status) return <span className={classes.none}>Not scheduled</span>;
  const words = statusWords(status.status);
  const subWords = subStatusWords(status.sub_status);
  return (
    <span
      className={classes.status}
      data-status={status.status}
      data-sub-status={status.sub_status}
      data-live={status.sub_status === "event_started" || undefined}
    >
      <span className={`${classes.pill} ${tones[statusTone(status)]}`}>
        <span className={classes.dot} aria-hidden />
        {words}
      </span>
      {subWords !== words && <span className={classes.sub}>{subWords}</span>}
    </span>
  );
}
