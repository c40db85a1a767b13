import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useRef, useState } from "react";
import type { EventRow } from "../scheduler/eventIndex";
import { DeleteEventDialog } from "./DeleteEventDialog";
import classes from "./EventTable.module.css";
import { EventTableRow } from "./EventTableRow";
import type { Sort } from "./listQuery";

const ROW_HEIGHT = 56;
const CARD_HEIGHT = 120;

interface Props {
  readonly rows: readonly EventRow[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
}

/** The events as a table, of which only the rows in view exist; on narrow screens each row is a card. */
export function EventTable({ rows, sort, onSort }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const cards = useMediaQuery("(max-width: 48em)", window.matchMedia("(max-width: 48em)").matches);
  const [deleting, setDeleting] = useState<EventRow | null>(null);
  const rowHeight = cards ? CARD_HEIGHT : ROW_HEIGHT;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (position) => rows[position]?.event.event_id ?? position,
    overscan: 8,
  });

  return (
    <div className={classes.frame}>
      <div className={classes.scroller} ref={scroller} key={rowHeight}>
        <table className={classes.table} aria-label="Events" aria-rowcount={rows.length + 1}>
          <thead className={classes.head}>
            <tr className={classes.columns} aria-rowindex={1}>
              <SortableHeader sort="name" current={sort} onSort={onSort} direction="ascending">
                Event
              </SortableHeader>
              <SortableHeader sort="start" current={sort} onSort={onSort} direction="descending">
                Dates
              </SortableHeader>
              <th scope="col">Status</th>
              <SortableHeader sort="next" current={sort} onSort={onSort} direction="ascending">
                Next trigger
              </SortableHeader>
              <th scope="col" className={classes.right}>
                Countdown
              </th>
              <th scope="col" className={classes.right}>
                Actions
              </th>
            </tr>
          </thead>
          <tbody className={classes.body} style={{ height: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map((item) => {
              const row = rows[item.index];
              return (
                row && (
                  <EventTableRow
                    key={item.key}
                    row={row}
                    rowIndex={item.index + 2}
                    top={item.start}
                    height={rowHeight}
                    onDelete={setDeleting}
                  />
                )
              );
            })}
          </tbody>
        </table>
      </div>
      <DeleteEventDialog row={deleting} onClose={() => setDeleting(null)} />
    </div>
  );
}

interface HeaderProps {
  readonly sort: Sort;
  readonly current: Sort;
  readonly direction: "ascending" | "descending";
  readonly onSort: (sort: Sort) => void;
  readonly children: ReactNode;
}

function SortableHeader({ sort, current, direction, onSort, children }: HeaderProps) {
  const active = sort === current;
  return (
    <th scope="col" aria-sort={active ? direction : "none"}>
      <button type="button" className={classes.sort} data-active={active || undefined} onClick={() => onSort(sort)}>
        {children}
        <span aria-hidden>{active ? (direction === "ascending" ? "↑" : "↓") : ""}</span>
      </button>
    </th>
  );
}
