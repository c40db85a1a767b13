import { Link } from "react-router";
import { eventName } from "../scheduler/eventFields";
import { useEventIndex } from "../scheduler/hooks";
import { eventPath } from "./eventPath";

interface Props {
  readonly eventId: string;
  readonly className?: string | undefined;
}

/** An event by its name, where it is known, leading to it. */
export function EventLink({ eventId, className }: Props) {
  const event = useEventIndex().byId.get(eventId)?.event;
  return (
    <Link className={className} to={eventPath(eventId)} title={eventId}>
      {event ? eventName(event) : eventId}
    </Link>
  );
}
