import type { SeenChange } from "../scheduler/changeLog";
import { eventName } from "../scheduler/eventFields";
import { useEventIndex, useSeenChanges } from "../scheduler/hooks";
import { causeWords, stateWords, statusTone } from "../scheduler/vocabulary";
import { formatClock } from "../time/format";
import tones from "../ui/tones.module.css";
import classes from "./QueuePanel.module.css";

const SHOWN = 30;

/** The latest status changes that this page saw: from what to what, when and why. */
export function JustHappened() {
  const changes = useSeenChanges();
  const { byId } = useEventIndex();
  if (changes.length === 0) {
    return <p className={classes.empty}>Triggers that fire while this page is open are listed here.</p>;
  }
  return (
    <ol className={classes.list} data-testid="just-happened" aria-live="polite">
      {changes.slice(0, SHOWN).map((change) => {
        const row = byId.get(change.eventId);
        return <Change key={change.number} change={change} name={row ? eventName(row.event) : change.eventId} />;
      })}
    </ol>
  );
}

function Change({ change, name }: { readonly change: SeenChange; readonly name: string }) {
  return (
    <li className={classes.change} data-event-id={change.eventId} data-sub-status={change.to.sub_status}>
      <span className={`${classes.dot} ${tones[statusTone(change.to)]}`} aria-hidden />
      <span className={classes.name}>{name}</span>
      <span className={classes.soft}>
        <time dateTime={new Date(change.at).toISOString()}>{formatClock(change.at)}</time> · {causeWords(change.cause)}
      </span>
      <span className={classes.fromTo}>
        {stateWords(change.from)} → {stateWords(change.to)}
      </span>
    </li>
  );
}
