import { IconArrowLeft } from "@tabler/icons-react";
import { Link, Outlet, useLocation, useNavigate, useParams } from "react-router";
import { useEditedEvent } from "../events/form/useEditedEvent";
import { PageTitle } from "../notify/PageTitle";
import { type EventDocument, eventName, eventVenue } from "../scheduler/eventFields";
import { usePageHealth } from "../scheduler/hooks";
import { useFreshRecord } from "../scheduler/serverRecord";
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
  const navigate = useNavigate();
  return (
    <>
      {event ? (
        <EventPage key={eventId} event={event} />
      ) : loading ? (
        <PageState busy title="Loading the event" />
      ) : (
        <>
          <PageTitle>Event</PageTitle>
          <PageState
            title={problem ? "The event could not be loaded" : "This event does not exist"}
            detail={problem ?? "It may have been deleted since the link was made."}
            action={{ label: "To the events", onClick: () => navigate("/events") }}
          />
        </>
      )}
      <Outlet />
    </>
  );
}

function EventPage({ event }: { readonly event: EventDocument }) {
  useFreshRecord();
  const { event_id: eventId } = event;
  const quarantined = usePageHealth().quarantined.find((candidate) => candidate.eventId === eventId);
  const mayAudit = useMay()("audit:read");
  const { search } = useLocation();
  return (
    <Page
      title={eventName(event)}
      above={
        <Link to={{ pathname: "/events", search }} className={classes.back}>
          <IconArrowLeft size={15} stroke={1.8} aria-hidden /> Events
        </Link>
      }
      detail={
        <>
          {eventVenue(event) || "No venue"} · <code className={classes.id}>{eventId}</code>
        </>
      }
      actions={<EventActions event={event} />}
    >
      {quarantined ? <Invalid problems={quarantined.problems} /> : <Standing event={event} />}
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
    </Page>
  );
}
