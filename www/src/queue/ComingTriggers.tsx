import { useUpcomingTriggers } from "client-event-scheduler/react";
import type { QueuedTrigger } from "client-event-scheduler/slim";
import { Link } from "react-router";
import { eventName, eventTimeZone } from "../scheduler/eventFields";
import type { EventRow } from "../scheduler/eventIndex";
import { useEventIndex } from "../scheduler/hooks";
import { kindWords } from "../scheduler/vocabulary";
import { Countdown } from "../time/Countdown";
import { Instant } from "../time/Instant";
import { eventPath } from "../ui/eventPath";
import { KindIcon } from "../ui/KindIcon";
import classes from "./QueuePanel.module.css";

const SHOWN = 50;

/** The head of the queue in firing order, each trigger with its countdown. */
export function ComingTriggers({ queued }: { readonly queued: number }) {
  const triggers = useUpcomingTriggers({ limit: SHOWN });
  const { byId } = useEventIndex();
  if (triggers.length === 0) return <p className={classes.empty}>Nothing is queued.</p>;
  return (
    <ol className={classes.list} data-testid="queue">
      {triggers.map((trigger) => (
        <ComingTrigger key={trigger.triggerId} trigger={trigger} row={byId.get(trigger.eventId)} />
      ))}
      {queued > triggers.length && (
        <li className={classes.more}>and {(queued - triggers.length).toLocaleString()} more after these</li>
      )}
    </ol>
  );
}

interface Props {
  readonly trigger: QueuedTrigger;
  readonly row: EventRow | undefined;
}

function ComingTrigger({ trigger, row }: Props) {
  return (
    <li className={classes.item} data-trigger-id={trigger.triggerId}>
      <KindIcon kind={trigger.kind} />
      <div className={classes.words}>
        <div className={classes.line}>
          <Link className={classes.name} to={eventPath(trigger.eventId)}>
            {row ? eventName(row.event) : trigger.eventId}
          </Link>
        </div>
        <div className={classes.line}>
          <span className={classes.soft}>
            {kindWords(trigger.kind)} · <Instant at={trigger.dueAt} timeZone={row && eventTimeZone(row.event)} />
          </span>
        </div>
      </div>
      <Countdown target={trigger.dueAt} />
    </li>
  );
}
