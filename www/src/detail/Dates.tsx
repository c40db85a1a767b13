import { FIELD_LABELS } from "../events/form/formModel";
import { DATE_FIELDS, type EventDocument, eventTimeZone } from "../scheduler/eventFields";
import { toInstant } from "../time/eventTime";
import { zonedReadings } from "../time/ZonedTimes";
import { Panel, PanelNote } from "../ui/Panel";
import classes from "./Detail.module.css";

/** Every date of the event, for the viewer, where it takes place, and in UTC. */
export function Dates({ event }: { readonly event: EventDocument }) {
  const timeZone = eventTimeZone(event);
  const dates = DATE_FIELDS.map((field) => ({ field, at: toInstant(event[field], timeZone), stored: event[field] }));
  const given = dates.filter(({ stored }) => stored != null);
  return (
    <Panel title="Dates" aside={timeZone?.replaceAll("_", " ") ?? "no zone of its own"}>
      {given.length === 0 ? (
        <PanelNote>It has no dates yet.</PanelNote>
      ) : (
        <dl className={classes.dates}>
          {given.map(({ field, at, stored }) => (
            <div key={field}>
              <dt>{FIELD_LABELS[field]}</dt>
              {at === undefined ? (
                <dd>{String(stored)}</dd>
              ) : (
                zonedReadings(at, timeZone).map(({ zone, whose, reading }) => (
                  <dd key={zone}>
                    <time dateTime={new Date(at).toISOString()}>{reading}</time>
                    <span>{whose}</span>
                  </dd>
                ))
              )}
            </div>
          ))}
        </dl>
      )}
    </Panel>
  );
}
