import type { QuarantinedEvent } from "client-event-scheduler";
import classes from "./Health.module.css";

/** The events that are kept but not scheduled, each with what is wrong with it. */
export function QuarantineList({ quarantined }: { readonly quarantined: readonly QuarantinedEvent[] }) {
  if (quarantined.length === 0) return null;
  return (
    <section className={classes.quarantine} aria-labelledby="quarantined-events">
      <h3 id="quarantined-events">Quarantined events</h3>
      <p>They are kept but not scheduled until their definitions are put right.</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <ul tabIndex={0}>
        {quarantined.map(({ eventId, problems }, position) => (
          <li key={eventId ?? `unreadable ${position}`}>
            <strong>{eventId ?? "An event without a readable id"}</strong>
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
