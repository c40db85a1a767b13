import { startOf } from "../events/listQuery";
import { eventName, eventTimeZone, eventVenue } from "../scheduler/eventFields";
import type { EventRow } from "../scheduler/eventIndex";
import { Countdown } from "../time/Countdown";
import { formatInstant } from "../time/format";
import classes from "./Approvals.module.css";

interface Props {
  readonly pending: readonly EventRow[];
  readonly current: EventRow | undefined;
  readonly onChoose: (row: EventRow) => void;
}

/** What waits, of which one is looked at. */
export function PendingList({ pending, current, onChoose }: Props) {
  return (
    <ol className={classes.list} aria-label="Waiting for a decision">
      {pending.map((row) => (
        <li key={row.event.event_id}>
          <button type="button" aria-current={row === current || undefined} onClick={() => onChoose(row)}>
            <span className={classes.name}>{eventName(row.event)}</span>
            <Starts row={row} />
            <span className={classes.soft}>{eventVenue(row.event) || "No venue"}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

function Starts({ row }: { readonly row: EventRow }) {
  const start = startOf(row);
  if (start === undefined) return <span className={classes.starts}>no start</span>;
  return (
    <span className={classes.starts} title={formatInstant(start, eventTimeZone(row.event))}>
      <Countdown target={start} />
    </span>
  );
}
