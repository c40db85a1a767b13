import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type KeyboardEvent, memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { EventRow } from "../scheduler/eventIndex";
import { LIST_COLUMNS, shownColumns } from "./columns";
import { DeclineEventDialog } from "./DeclineEventDialog";
import { DeleteEventDialog } from "./DeleteEventDialog";
import classes from "./EventTable.module.css";
import { EventTableRow } from "./EventTableRow";
import type { Sort } from "./listQuery";
import { useDecideEvent } from "./mutations";
import { extendTo, type Selection, selectAll, selectNone, toggle } from "./selection";
import { useEventTable } from "./useEventTable";

const ROW_HEIGHT = 56;
const CARD_HEIGHT = 120;
const CHECKBOX_WIDTH = 20;
const ACTIONS_WIDTH = 132;
const GAP = 14;

const CARDS = "(max-width: 48em)";
const TIGHT = "(max-width: 90em) and (min-width: 68.01em), (max-width: 64em)";
const matches = (query: string) => window.matchMedia(query).matches;

interface Props {
  readonly rows: readonly EventRow[];
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  /** The columns somebody chose; nothing for the usual ones. */
  readonly columns: readonly string[] | null;
  readonly selection: Selection;
  readonly onSelect: (change: (before: Selection) => Selection) => void;
}

/** The events as a table, of which only the rows in view exist; on narrow screens each row is a card. */
export const EventTable = memo(function EventTable({ rows, sort, onSort, columns, selection, onSelect }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const cards = useMediaQuery(CARDS, matches(CARDS));
  const tight = useMediaQuery(TIGHT, matches(TIGHT));
  const [deleting, setDeleting] = useState<EventRow | null>(null);
  const [declining, setDeclining] = useState<EventRow | null>(null);
  const decide = useDecideEvent();
  const shown = useMemo(() => shownColumns(columns, !tight), [columns, tight]);
  const table = useEventTable({ rows, shown, sort, onSort, chosen: selection.chosen });
  const order = useMemo(() => rows.map(({ event }) => event.event_id), [rows]);
  const rowHeight = cards ? CARD_HEIGHT : ROW_HEIGHT;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    // The same functions for as long as the same rows are shown: another one has every row measured anew.
    estimateSize: useCallback(() => rowHeight, [rowHeight]),
    getItemKey: useCallback((position: number) => order[position] ?? position, [order]),
    overscan: 8,
  });
  const keys = useRowKeys({ order, onSelect, scroller, scrollTo: (place) => virtualizer.scrollToIndex(place) });
  const items = virtualizer.getVirtualItems();
  const allChosen = order.length > 0 && order.every((id) => selection.chosen[id]);
  const someChosen = !allChosen && order.some((id) => selection.chosen[id]);
  const tabStop = items.some(({ index }) => order[index] === keys.current) ? keys.current : order[items[0]?.index ?? 0];

  return (
    <div className={classes.frame} style={tracks(shown)}>
      <div className={classes.scroller} ref={scroller} key={rowHeight}>
        <table className={classes.table} aria-label="Events" aria-rowcount={rows.length + 1}>
          <thead className={classes.head}>
            {table.getHeaderGroups().map((group) => (
              <tr key={group.id} className={classes.columns} aria-rowindex={1}>
                <th scope="col" className={classes.check}>
                  <input
                    type="checkbox"
                    className={classes.box}
                    aria-label={allChosen ? "Select no event" : "Select all events"}
                    checked={allChosen}
                    ref={(box) => {
                      if (box) box.indeterminate = someChosen;
                    }}
                    onChange={() => onSelect((before) => (allChosen ? selectNone : selectAll)(before, order))}
                  />
                </th>
                {group.headers.map(({ id, column }) => (
                  <ColumnHeader
                    key={id}
                    label={String(column.columnDef.header)}
                    right={LIST_COLUMNS.some((candidate) => candidate.id === id && candidate.right)}
                    sorted={column.getIsSorted()}
                    onSort={column.getCanSort() ? column.getToggleSortingHandler() : undefined}
                  />
                ))}
                <th scope="col" className={classes.right}>
                  Actions
                </th>
              </tr>
            ))}
          </thead>
          <tbody className={classes.body} style={{ height: virtualizer.getTotalSize() }} onKeyDown={keys.onKeyDown}>
            {items.map((item) => {
              const row = rows[item.index];
              return (
                row && (
                  <EventTableRow
                    key={item.key}
                    row={row}
                    rowIndex={item.index + 2}
                    top={item.start}
                    height={rowHeight}
                    shown={shown}
                    selected={selection.chosen[row.event.event_id] === true}
                    isTabStop={row.event.event_id === tabStop}
                    onChoose={keys.choose}
                    onDecline={setDeclining}
                    onDelete={setDeleting}
                  />
                )
              );
            })}
          </tbody>
        </table>
      </div>
      <DeclineEventDialog
        event={declining?.event ?? null}
        onClose={() => setDeclining(null)}
        onDecline={(reason) => declining && decide.mutate({ event: declining.event, decision: "decline", reason })}
      />
      <DeleteEventDialog row={deleting} onClose={() => setDeleting(null)} />
    </div>
  );
});

/** The tracks of header and rows, and the least that the table needs before it scrolls sideways. */
function tracks(shown: readonly string[]): CSSProperties {
  const columns = LIST_COLUMNS.filter(({ id }) => shown.includes(id));
  const least = columns.reduce((sum, column) => sum + column.least + GAP, CHECKBOX_WIDTH + ACTIONS_WIDTH + 2 * 16);
  return {
    "--tracks": `${CHECKBOX_WIDTH}px ${columns.map(({ width }) => width).join(" ")} ${ACTIONS_WIDTH}px`,
    "--least": `${least}px`,
  } as CSSProperties;
}

interface HeaderProps {
  readonly label: string;
  readonly right: boolean;
  readonly sorted: false | "asc" | "desc";
  readonly onSort: ((event: unknown) => void) | undefined;
}

function ColumnHeader({ label, right, sorted, onSort }: HeaderProps) {
  const className = right ? classes.right : undefined;
  if (!onSort) {
    return (
      <th scope="col" className={className}>
        {label}
      </th>
    );
  }
  return (
    <th
      scope="col"
      className={className}
      aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : "none"}
    >
      <button type="button" className={classes.sort} data-active={sorted !== false || undefined} onClick={onSort}>
        {label}
        <span aria-hidden>{sorted === "asc" ? "↑" : sorted === "desc" ? "↓" : ""}</span>
      </button>
    </th>
  );
}

interface KeyOptions {
  readonly order: readonly string[];
  readonly onSelect: Props["onSelect"];
  readonly scroller: { readonly current: HTMLDivElement | null };
  readonly scrollTo: (place: number) => void;
}

const checkboxOf = (scroller: HTMLDivElement | null, id: string) =>
  scroller?.querySelector<HTMLInputElement>(`[data-event-id="${CSS.escape(id)}"] input[type="checkbox"]`);

/**
 * The keys on the checkboxes: arrows, Home and End go from row to row and with Shift draw a stretch, Ctrl+A selects all, Escape none.
 * A row that is far away comes into being only when the list has scrolled there, and is focused then.
 */
function useRowKeys({ order, onSelect, scroller, scrollTo }: KeyOptions) {
  const [current, setCurrent] = useState<string | undefined>();
  const awaited = useRef<string | undefined>(undefined);
  const latest = useRef(order);
  latest.current = order;

  useEffect(() => {
    const checkbox = awaited.current === undefined ? undefined : checkboxOf(scroller.current, awaited.current);
    if (!checkbox) return;
    awaited.current = undefined;
    checkbox.focus({ preventScroll: true });
  });

  const choose = useMemo(
    () => (id: string, stretch: boolean) => {
      setCurrent(id);
      onSelect((before) => (stretch ? extendTo(before, latest.current, id) : toggle(before, id)));
    },
    [onSelect],
  );

  const goTo = (place: number, stretch: boolean) => {
    const id = order[Math.max(0, Math.min(order.length - 1, place))];
    if (id === undefined) return;
    const from = current;
    awaited.current = id;
    setCurrent(id);
    scrollTo(order.indexOf(id));
    if (!stretch) return;
    onSelect((before) => {
      const begun =
        before.anchor === null && from !== undefined ? { ...before, base: before.chosen, anchor: from } : before;
      return extendTo(begun, order, id);
    });
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const target = event.target as HTMLElement;
    if (!(target instanceof HTMLInputElement) || target.type !== "checkbox") return;
    const id = target.closest<HTMLElement>("[data-event-id]")?.dataset.eventId;
    const place = id === undefined ? -1 : order.indexOf(id);
    if (id === undefined || place < 0) return;
    const places: Readonly<Record<string, number>> = {
      ArrowDown: place + 1,
      ArrowUp: place - 1,
      Home: 0,
      End: order.length - 1,
    };
    const next = places[event.key];
    if (next !== undefined) goTo(next, event.shiftKey);
    else if (event.key === " " && event.shiftKey) choose(id, true);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) onSelect((before) => selectAll(before, order));
    else if (event.key === "Escape") onSelect((before) => selectNone(before, Object.keys(before.chosen)));
    else return;
    event.preventDefault();
  };

  return { current, choose, onKeyDown };
}
