import { IconArrowLeft } from "@tabler/icons-react";
import { Link, Outlet, useLocation, useParams } from "react-router";
import { useEditedEvent } from "../events/form/useEditedEvent";
import { type EventDocument, eventName, eventVenue } from "../scheduler/eventFields";
import { usePageHealth } from "../scheduler/hooks";
import { useExplanations, useFreshRecord } from "../scheduler/serverRecord";
import { useMay } from "../session/hooks";
import { Page } from "../ui/Page";
import { PageState } from "../ui/PageState";
import { Changes } from "./Changes";
import { Dates } from "./Dates";
import classes from "./Detail.module.css";
import { EventActions } from "./EventActions";
import { History } from "./History";
import { Invalid } from "./Invalid";
import { OtherFields } from "./OtherFields";
import { Standing } from "./Standing";
import { Triggers } from "./Triggers";

/** `/events/:eventId`: one event, where it stands, what fires for it, and what happened to it. */
export function Component() {
  const { eventId = "" } = useParams();
  const { event, loading, problem } = useEditedEvent(eventId);
  return (
    <>
      {event ? (
        <EventPage key={eventId} event={event} />
      ) : loading ? (
        <PageState busy title="Loading the event" />
      ) : (
        <Page
          title={problem ? "The event could not be loaded" : "This event does not exist"}
          tab="Event"
          above={<Back />}
          detail={problem ?? "It may have been deleted since the link was made."}
        />
      )}
      <Outlet />
    </>
  );
}

/** To the list as it was left. */
function Back() {
  const { search } = useLocation();
  return (
    <Link to={{ pathname: "/events", search }} className={classes.back}>
      <IconArrowLeft size={15} stroke={1.8} aria-hidden /> Events
    </Link>
  );
}

function EventPage({ event }: { readonly event: EventDocument }) {
  useFreshRecord();
  const { event_id: eventId } = event;
  // What stands below the triggers would move when they become known.
  const { page } = useExplanations(eventId, eventId);
  const quarantined = usePageHealth().quarantined.find((candidate) => candidate.eventId === eventId);
  const mayAudit = useMay()("audit:read");
  return (
    <Page
      title={eventName(event)}
      above={<Back />}
      detail={
        <>
          {eventVenue(event) || "No venue"} · <code className={classes.id}>{eventId}</code>
        </>
      }
      actions={<EventActions event={event} />}
    >
      {quarantined ? <Invalid problems={quarantined.problems} /> : <Standing event={event} />}
      {!page.isPending && (
        <div className={classes.columns}>
          <div className={classes.column}>
            <Triggers event={event} />
            <History eventId={eventId} />
          </div>
          <div className={classes.column}>
            <Dates event={event} />
            <OtherFields event={event} />
            {mayAudit && <Changes eventId={eventId} />}
          </div>
        </div>
      )}
    </Page>
  );
}
