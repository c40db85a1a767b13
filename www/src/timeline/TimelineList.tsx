import type { Conflict } from "client-event-scheduler/slim";
import { Link } from "react-router";
import { eventTimeZone, eventVenue } from "../scheduler/eventFields";
import { WINDOW_KINDS, type WindowKind, windowTimes, windowWords } from "../scheduler/windows";
import { eventPath } from "../ui/eventPath";
import { PageState } from "../ui/PageState";
import { StatusBadge } from "../ui/StatusBadge";
import { type Extent, extentOf, shownWindows, type TimelineItem } from "./items";
import { conflictWords } from "./TimelineBar";
import classes from "./TimelineList.module.css";

interface Props {
  readonly items: readonly TimelineItem[];
  readonly kinds: ReadonlySet<WindowKind>;
  readonly view: Extent;
  readonly conflicts: ReadonlyMap<string, readonly Conflict[]>;
}

const SHOWN = 200;

/** The same stretch of time as a table, for whoever reads better than looks. */
export function TimelineList({ items, kinds, view, conflicts }: Props) {
  const found = items.filter((item) => {
    const { from, until } = extentOf(shownWindows(item, kinds));
    return until > view.from && from < view.until;
  });
  if (found.length === 0) {
    return <PageState title="Nothing in this stretch of time" detail="Go earlier or later, or zoom out." />;
  }
  const columns = WINDOW_KINDS.filter((kind) => kinds.has(kind));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <section className={classes.scroller} tabIndex={0} aria-label="Events in view">
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col">Status</th>
            {columns.map((kind) => (
              <th key={kind} scope="col">
                {windowWords(kind)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.slice(0, SHOWN).map((item) => (
            <tr key={item.id}>
              <td>
                <Link to={eventPath(item.id)}>{item.name}</Link>
                <Place item={item} conflicts={conflicts.get(item.id)} />
              </td>
              <td>
                <StatusBadge state={item.event} />
              </td>
              {columns.map((kind) => {
                const window = item.windows.find((candidate) => candidate.kind === kind);
                return (
                  <td key={kind} data-label={windowWords(kind)}>
                    {window ? windowTimes(window) : "–"}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {found.length > SHOWN && (
        <p className={classes.more}>and {(found.length - SHOWN).toLocaleString()} more: zoom in to see them</p>
      )}
    </section>
  );
}

interface PlaceProps {
  readonly item: TimelineItem;
  readonly conflicts: readonly Conflict[] | undefined;
}

/** Where the event is, and whether it is alone there. */
function Place({ item, conflicts }: PlaceProps) {
  if (conflicts) return <span className={classes.conflicting}>{conflictWords(conflicts)}</span>;
  return <span>{eventVenue(item.event) || eventTimeZone(item.event) || "No venue"}</span>;
}
