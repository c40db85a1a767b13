import type { ComponentType } from "react";
import { Link, useLocation } from "react-router";
import { eventApproval, eventName, eventTimeZone, eventVenue } from "../scheduler/eventFields";
import type { EventRow } from "../scheduler/eventIndex";
import { approvalWords, kindWords } from "../scheduler/vocabulary";
import { Countdown } from "../time/Countdown";
import { toInstant } from "../time/eventTime";
import { formatDateRange } from "../time/format";
import { Instant } from "../time/Instant";
import { eventPath } from "../ui/eventPath";
import { StatusBadge } from "../ui/StatusBadge";
import classes from "./EventTable.module.css";
import type { SortKey } from "./listQuery";

/** One column of the list, between the checkbox and the actions. */
export interface ListColumn {
  readonly id: string;
  readonly label: string;
  /** How wide, as a track of a grid. */
  readonly width: string;
  /** The least that it takes, in pixels. */
  readonly least: number;
  readonly sort?: SortKey;
  /** Shown unless somebody chooses otherwise; `roomy` only where there is room. */
  readonly usual: "always" | "roomy" | "never";
  readonly right?: boolean;
  readonly Cell: ComponentType<{ readonly row: EventRow }>;
}

/** Every column in the order in which they stand. */
export const LIST_COLUMNS: readonly ListColumn[] = [
  { id: "event", label: "Event", width: "minmax(160px, 1.5fr)", least: 160, sort: "name", usual: "always", Cell: Name },
  {
    id: "dates",
    label: "Dates",
    width: "minmax(130px, 0.8fr)",
    least: 130,
    sort: "start",
    usual: "roomy",
    Cell: Dates,
  },
  {
    id: "status",
    label: "Status",
    width: "minmax(150px, 0.8fr)",
    least: 150,
    sort: "status",
    usual: "always",
    Cell: ({ row }) => <StatusBadge state={row.event} />,
  },
  {
    id: "approval",
    label: "Approval",
    width: "minmax(100px, 0.5fr)",
    least: 100,
    sort: "approval",
    usual: "never",
    Cell: ({ row }) => <span className={classes.range}>{approvalWords(eventApproval(row.event))}</span>,
  },
  {
    id: "zone",
    label: "Zone",
    width: "minmax(130px, 0.7fr)",
    least: 130,
    sort: "zone",
    usual: "never",
    Cell: ({ row }) => <span className={classes.range}>{eventTimeZone(row.event)?.replaceAll("_", " ") ?? "–"}</span>,
  },
  {
    id: "updated",
    label: "Last changed",
    width: "minmax(130px, 0.7fr)",
    least: 130,
    sort: "updated",
    usual: "never",
    Cell: Updated,
  },
  {
    id: "revision",
    label: "Revision",
    width: "72px",
    least: 72,
    sort: "revision",
    usual: "never",
    right: true,
    Cell: ({ row }) => <span className={classes.range}>{row.event.revision ?? "–"}</span>,
  },
  {
    id: "next",
    label: "Next trigger",
    width: "minmax(150px, 0.9fr)",
    least: 150,
    sort: "next",
    usual: "always",
    Cell: Next,
  },
  {
    id: "countdown",
    label: "Countdown",
    width: "84px",
    least: 84,
    usual: "always",
    right: true,
    Cell: ({ row: { nextTrigger } }) => nextTrigger && <Countdown target={nextTrigger.dueAt} />,
  },
];

/** The column that is always there: without it nobody knows what a row is. */
export const MAIN_COLUMN = "event";

/** The ids of the columns to show. */
export function shownColumns(chosen: readonly string[] | null, roomy: boolean): readonly string[] {
  return LIST_COLUMNS.filter(({ id, usual }) => {
    if (id === MAIN_COLUMN) return true;
    return chosen ? chosen.includes(id) : usual === "always" || (usual === "roomy" && roomy);
  }).map(({ id }) => id);
}

function Name({ row: { event } }: { readonly row: EventRow }) {
  const location = useLocation();
  return (
    <>
      <Link className={classes.name} to={{ pathname: eventPath(event.event_id), search: location.search }}>
        {eventName(event)}
      </Link>
      <span className={classes.second}>{eventVenue(event) || "No venue"}</span>
    </>
  );
}

function Dates({ row: { event } }: { readonly row: EventRow }) {
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

function Next({ row: { event, nextTrigger } }: { readonly row: EventRow }) {
  if (!nextTrigger) return <span className={classes.second}>None to come</span>;
  return (
    <>
      <span className={classes.kind}>{kindWords(nextTrigger.kind)}</span>
      <Instant className={classes.second} at={nextTrigger.dueAt} timeZone={eventTimeZone(event)} />
    </>
  );
}

function Updated({ row: { event } }: { readonly row: EventRow }) {
  const at = toInstant(event.updated_at, undefined);
  return at === undefined ? <span className={classes.range}>–</span> : <Instant className={classes.range} at={at} />;
}
