import { useUpcomingTriggers } from "client-event-scheduler/react";
import { Link } from "react-router";
import { eventName, eventTimeZone } from "../scheduler/eventFields";
import { useEventIndex, usePageScheduler, useSchedulerStatus } from "../scheduler/hooks";
import { useFeedState } from "../scheduler/useFeedState";
import { kindWords } from "../scheduler/vocabulary";
import { Countdown } from "../time/Countdown";
import { Instant } from "../time/Instant";
import { eventPath } from "../ui/eventPath";
import { KindIcon } from "../ui/KindIcon";
import { Panel, PanelNote } from "../ui/Panel";
import classes from "./Dashboard.module.css";
import { byDay } from "./days";
import { Lines } from "./Lines";

const SHOWN = 8;

/** What fires after the next one, day by day, each with its countdown. */
export function Coming() {
  const triggers = useUpcomingTriggers({ limit: SHOWN + 1 }).slice(1);
  const { byId } = useEventIndex();
  const { triggersQueued } = useSchedulerStatus();
  const { loading } = useFeedState();
  const now = usePageScheduler().now();
  return (
    <Panel title="Then" aside={`${triggersQueued.toLocaleString()} queued`} className={classes.lists} flush>
      {loading ? (
        <Lines count={SHOWN} label="Loading the queue" />
      ) : triggers.length === 0 ? (
        <PanelNote>Nothing more is queued.</PanelNote>
      ) : (
        byDay(triggers, ({ dueAt }) => dueAt, now).map(({ label, items }) => (
          <div key={label}>
            <h3 className={classes.day}>{label}</h3>
            <ol className={classes.list}>
              {items.map(({ triggerId, eventId, kind, dueAt }) => {
                const event = byId.get(eventId)?.event;
                return (
                  <li key={triggerId} className={classes.row}>
                    <KindIcon kind={kind} />
                    <span className={classes.words}>
                      <Link className={classes.name} to={eventPath(eventId)}>
                        {event ? eventName(event) : eventId}
                      </Link>
                      <span className={classes.soft}>
                        {kindWords(kind)} · <Instant at={dueAt} timeZone={event && eventTimeZone(event)} />
                      </span>
                    </span>
                    <Countdown target={dueAt} />
                  </li>
                );
              })}
            </ol>
          </div>
        ))
      )}
    </Panel>
  );
}
