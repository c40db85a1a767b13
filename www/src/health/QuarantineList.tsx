import type { QuarantinedEvent } from "client-event-scheduler/slim";
import { Link } from "react-router";
import { eventPath } from "../ui/eventPath";
import classes from "./Health.module.css";

interface Props {
  readonly quarantined: readonly QuarantinedEvent[];
  readonly onOpen?: () => void;
}

/** The events that are kept but not scheduled, each with what is wrong with it and the way to put it right. */
export function QuarantineList({ quarantined, onOpen }: Props) {
  if (quarantined.length === 0) return null;
  return (
    <section className={classes.quarantine} aria-labelledby="quarantined-events">
      <h3 id="quarantined-events">Quarantined events</h3>
      <p>They are kept but not scheduled until their definitions are put right.</p>
      <ul>
        {quarantined.map(({ eventId, problems }) => (
          <li key={eventId}>
            <Link to={eventPath(eventId)} {...(onOpen && { onClick: onOpen })}>
              {eventId}
            </Link>
            {problems.map(({ field, message }) => (
              <div key={`${field} ${message}`}>
                {field && <code>{field}</code>} {message}
              </div>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
