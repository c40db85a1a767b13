import { type State, statusTone, statusWords, subStatusWords } from "../scheduler/vocabulary";
import classes from "./StatusBadge.module.css";
import tones from "./tones.module.css";

/** An event's state in words, `Upcoming` over `Registration open`; its colour only repeats them. */
export function StatusBadge({ state }: { readonly state: State }) {
  const words = statusWords(state.status);
  const subWords = subStatusWords(state.sub_status);
  return (
    <span
      className={classes.status}
      data-status={state.status}
      data-sub-status={state.sub_status}
      data-live={state.sub_status === "event_started" || undefined}
    >
      <span className={`${classes.pill} ${tones[statusTone(state)]}`}>
        <span className={classes.dot} aria-hidden />
        {words}
      </span>
      {subWords !== words && <span className={classes.sub}>{subWords}</span>}
    </span>
  );
}
