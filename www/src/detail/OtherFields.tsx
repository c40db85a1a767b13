import { declineReason } from "../events/declineReason";
import { isFormField } from "../events/form/formModel";
import type { EventDocument } from "../scheduler/eventFields";
import { Panel } from "../ui/Panel";
import classes from "./Detail.module.css";

const SHOWN_ELSEWHERE = new Set(["event_id", "status", "sub_status"]);

/** What else is stored with the event. The scheduler keeps it as it is and does not look at it. */
export function OtherFields({ event }: { readonly event: EventDocument }) {
  // A reason is told where the event stands, unless it is none of a declined event.
  const shown = declineReason(event) === undefined ? SHOWN_ELSEWHERE : new Set([...SHOWN_ELSEWHERE, "decline_reason"]);
  const others = Object.entries(event).filter(
    ([field, value]) => !isFormField(field) && !shown.has(field) && value != null,
  );
  if (others.length === 0) return null;
  return (
    <Panel title="Also stored">
      <dl className={classes.fields}>
        {others.map(([field, value]) => (
          <div key={field}>
            <dt>{field}</dt>
            <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
