import { useCountdown, useUpcomingTriggers } from "client-event-scheduler/react";
import { Link } from "react-router";
import { eventName, eventTimeZone, eventVenue } from "../scheduler/eventFields";
import { useEventIndex } from "../scheduler/hooks";
import { useFeedState } from "../scheduler/useFeedState";
import { kindWords } from "../scheduler/vocabulary";
import { formatCountdown, nearness } from "../time/countdown";
import { ZonedTimes } from "../time/ZonedTimes";
import { eventPath } from "../ui/eventPath";
import { KindIcon } from "../ui/KindIcon";
import { Panel } from "../ui/Panel";
import classes from "./Dashboard.module.css";
import { Lines } from "./Lines";

/** The trigger that fires next, counted down large. */
export function NextUp() {
  const [next] = useUpcomingTriggers({ limit: 1 });
  const { byId } = useEventIndex();
  const { loading, problem } = useFeedState();
  const { totalMs } = useCountdown(next?.dueAt);
  const event = next && byId.get(next.eventId)?.event;
  return (
    <Panel title="Next" className={classes.next}>
      {next ? (
        <div className={classes.nextBody}>
          <span className={classes.nextCountdown} data-nearness={nearness(totalMs)} role="timer">
            {formatCountdown(totalMs)}
          </span>
          <div className={classes.nextWhat}>
            <KindIcon kind={next.kind} />
            <div className={classes.words}>
              <span className={classes.soft}>{kindWords(next.kind)}</span>
              <Link className={classes.nextName} to={eventPath(next.eventId)}>
                {event ? eventName(event) : next.eventId}
              </Link>
              {event && eventVenue(event) && <span className={classes.soft}>{eventVenue(event)}</span>}
            </div>
            <ZonedTimes at={next.dueAt} timeZone={event && eventTimeZone(event)} />
          </div>
        </div>
      ) : loading ? (
        <Lines count={3} label="Loading what happens next" />
      ) : (
        <p className={classes.calm}>
          {problem
            ? `The events could not be loaded: ${problem} The page keeps trying.`
            : "Nothing is queued. The first event with dates to come brings its triggers here."}
        </p>
      )}
    </Panel>
  );
}
