import { memo } from "react";
import { Link, useLocation } from "react-router";
import { eventName, eventTimeZone, eventVenue } from "../scheduler/eventFields";
import type { EventRow } from "../scheduler/eventIndex";
import { kindWords } from "../scheduler/vocabulary";
import { Countdown } from "../time/Countdown";
import { toInstant } from "../time/eventTime";
import { formatDateRange } from "../time/format";
import { Instant } from "../time/Instant";
import { StatusBadge } from "../ui/StatusBadge";
import classes from "./EventTable.module.css";
import { RowActions } from "./RowActions";

interface Props {
  readonly row: EventRow;
  /** The row's place in the whole table, counted from 1 with the header. */
  readonly rowIndex: number;
  readonly top: number;
  readonly height: number;
  readonly onDelete: (row: EventRow) => void;
}

/** One event of the table. It renders again only when its own row changes. */
export const EventTableRow = memo(function EventTableRow({ row, rowIndex, top, height, onDelete }: Props) {
  const { event, nextTrigger } = row;
  const location = useLocation();
  const timeZone = eventTimeZone(event);
  return (
    <tr
      aria-rowindex={rowIndex}
      className={`${classes.columns} ${classes.row}`}
      style={{ height, transform: `translateY(${top}px)` }}
      data-event-id={event.event_id}
    >
      <td className={classes.event}>
        <Link
          className={classes.name}
          to={{ pathname: `/events/${encodeURIComponent(event.event_id)}`, search: location.search }}
        >
          {eventName(event)}
        </Link>
        <span className={classes.second}>{eventVenue(event) || "No venue"}</span>
      </td>
      <td className={classes.dates}>
        <EventDates row={row} />
      </td>
      <td className={classes.status}>
        <StatusBadge state={event} />
      </td>
      <td className={classes.next}>
        {nextTrigger ? (
          <>
            <span className={classes.kind}>{kindWords(nextTrigger.kind)}</span>
            <Instant className={classes.second} at={nextTrigger.dueAt} timeZone={timeZone} />
          </>
        ) : (
          <span className={classes.second}>None to come</span>
        )}
      </td>
      <td className={classes.countdown}>{nextTrigger && <Countdown target={nextTrigger.dueAt} />}</td>
      <td className={classes.actions}>
        <RowActions row={row} onDelete={() => onDelete(row)} />
      </td>
    </tr>
  );
});

function EventDates({ row: { event } }: { readonly row: EventRow }) {
  const timeZone = eventTimeZone(event);
  const start = toInstant(event.start_datetime, timeZone);
  const end = toInstant(event.end_datetime, timeZone);
  return (
    <>
      <span className={classes.range}>
        {start === undefined ? "No dates" : formatDateRange(start, end ?? start, timeZone)}
      </span>
      <span className={classes.second}>{timeZone?.replaceAll("_", " ") ?? ""}</span>
    </>
  );
}
