import { memo } from "react";
import { eventName } from "../scheduler/eventFields";
import type { EventRow } from "../scheduler/eventIndex";
import { LIST_COLUMNS } from "./columns";
import classes from "./EventTable.module.css";
import { RowActions } from "./RowActions";

interface Props {
  readonly row: EventRow;
  /** The row's place in the whole table, counted from 1 with the header. */
  readonly rowIndex: number;
  readonly top: number;
  readonly height: number;
  /** The ids of the columns that are shown. */
  readonly shown: readonly string[];
  readonly selected: boolean;
  /** One checkbox of the list is reached with Tab; the arrow keys lead from there to the others. */
  readonly isTabStop: boolean;
  /** Selects the row, or with `stretch` everything up to it. */
  readonly onChoose: (eventId: string, stretch: boolean) => void;
  readonly onDecline: (row: EventRow) => void;
  readonly onDelete: (row: EventRow) => void;
}

/** One event of the table. It renders again only when something of its own row changes. */
export const EventTableRow = memo(function EventTableRow(props: Props) {
  const { row, rowIndex, top, height, shown, selected, isTabStop, onChoose, onDecline, onDelete } = props;
  const { event_id } = row.event;
  return (
    <tr
      aria-rowindex={rowIndex}
      aria-selected={selected}
      className={`${classes.columns} ${classes.row}`}
      style={{ height, transform: `translateY(${top}px)` }}
      data-event-id={event_id}
    >
      <td className={classes.check}>
        <input
          type="checkbox"
          className={classes.box}
          aria-label={`Select ${eventName(row.event)}`}
          checked={selected}
          tabIndex={isTabStop ? 0 : -1}
          onChange={(event) => onChoose(event_id, (event.nativeEvent as MouseEvent).shiftKey)}
        />
      </td>
      {LIST_COLUMNS.filter(({ id }) => shown.includes(id)).map(({ id, right, Cell }) => (
        <td key={id} data-column={id} data-right={right || undefined}>
          <Cell row={row} />
        </td>
      ))}
      <td className={classes.actions}>
        <RowActions row={row} onDecline={() => onDecline(row)} onDelete={() => onDelete(row)} />
      </td>
    </tr>
  );
});
