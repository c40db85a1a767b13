import { useCountdown, useUpcomingTriggers } from "client-event-scheduler/react";
import { declineReason } from "../events/declineReason";
import type { EventDocument } from "../scheduler/eventFields";
import { eventTimeZone } from "../scheduler/eventFields";
import { useEventIndex } from "../scheduler/hooks";
import { kindWords, stateWords, statusWords } from "../scheduler/vocabulary";
import { formatCountdown, nearness } from "../time/countdown";
import { ZonedTimes } from "../time/ZonedTimes";
import { StatusBadge } from "../ui/StatusBadge";
import classes from "./Detail.module.css";
import { WindowStrip } from "./WindowStrip";

/** Where the event stands now, what comes next for it, and both in its whole life. */
export function Standing({ event }: { readonly event: EventDocument }) {
  const [next] = useUpcomingTriggers({ limit: 1, eventId: event.event_id });
  const state = useEventIndex().byId.get(event.event_id)?.event;
  const reason = declineReason(event);
  const { totalMs } = useCountdown(next?.dueAt);
  return (
    <section className={classes.standing} aria-label="Now">
      <div className={classes.now}>
        <div className={classes.state}>
          <span className={classes.label}>Now</span>
          {state && <StatusBadge state={state} />}
        </div>
        <div className={classes.upNext}>
          <span className={classes.label}>{next ? kindWords(next.kind) : "Next"}</span>
          {next ? (
            <span className={classes.countdown} data-nearness={nearness(totalMs)} role="timer">
              {formatCountdown(totalMs)}
            </span>
          ) : (
            <span className={classes.nothing}>{state ? whyNothing(state.status) : ""}</span>
          )}
        </div>
        {next && <ZonedTimes at={next.dueAt} timeZone={eventTimeZone(event)} />}
      </div>
      {reason && (
        <p className={classes.reason}>
          <span className={classes.label}>Declined because</span>
          {reason}
        </p>
      )}
      <WindowStrip event={event} label={state ? stateWords(state) : ""} />
    </section>
  );
}

/** Why no trigger is to come. */
function whyNothing(status: Parameters<typeof statusWords>[0]): string {
  switch (status) {
    case "draft":
      return "No triggers before it has a start and an end.";
    case "pending_approval":
      return "No triggers before somebody has approved it.";
    case "declined":
    case "cancelled":
      return `No triggers: it is ${statusWords(status).toLowerCase()}.`;
    default:
      return "Nothing is to come.";
  }
}
