import { IconCalendarOff, IconSearchOff } from "@tabler/icons-react";
import { useDeferredValue, useMemo, useState } from "react";
import { Outlet, useMatch, useNavigate } from "react-router";
import { PageTitle } from "../notify/PageTitle";
import { QueuePanel } from "../queue/QueuePanel";
import type { EventRow } from "../scheduler/eventIndex";
import { useEventIndex } from "../scheduler/hooks";
import { useFeedState } from "../scheduler/useFeedState";
import { PageState } from "../ui/PageState";
import { BulkBar } from "./bulk/BulkBar";
import { useBulk } from "./bulk/useBulk";
import classes from "./EventsPage.module.css";
import { EventTable } from "./EventTable";
import { EventTableSkeleton } from "./EventTableSkeleton";
import { EventToolbar } from "./EventToolbar";
import { countByStatus, filterByStatus, filterRows, NO_FILTER, searchRows, sortRows } from "./listQuery";
import { NarrowTabs, useNarrowView } from "./NarrowTabs";
import { NOTHING_SELECTED } from "./selection";
import { useListQuery } from "./useListQuery";

/** `/events`: the list of events beside the queue; on narrow screens one of the two at a time. */
export function Component() {
  const view = useNarrowView();
  return (
    <div className={classes.page} data-view={view}>
      <EventsTitle />
      <NarrowTabs view={view} />
      <section className={classes.list} aria-label="Events">
        <EventList />
      </section>
      <aside className={classes.queue} aria-label="Queue">
        <h1 className={classes.queueTitle}>Queue</h1>
        <QueuePanel />
      </aside>
      <Outlet />
    </div>
  );
}

function EventsTitle() {
  const creating = useMatch("/events/new");
  const editing = useMatch("/events/edit/:eventId");
  return <PageTitle>{creating ? "New event" : editing ? "Edit event" : "Events"}</PageTitle>;
}

function EventList() {
  const [query, changeQuery] = useListQuery();
  const { rows, byId } = useEventIndex();
  const feed = useFeedState();
  const [selection, setSelection] = useState(NOTHING_SELECTED);
  const search = useDeferredValue(query.search);
  // Sorted before anything is left out: what is typed only ever leaves out.
  const sorted = useMemo(() => sortRows(rows, query.sort), [rows, query.sort]);
  const found = useMemo(() => filterRows(searchRows(sorted, search), query), [sorted, search, query]);
  const counts = useMemo(() => countByStatus(found), [found]);
  const shown = useMemo(() => filterByStatus(found, query.status), [found, query.status]);
  const selected = useMemo(
    () => Object.keys(selection.chosen).flatMap((id) => byId.get(id) ?? []),
    [selection.chosen, byId],
  );
  const hidden = useMemo(() => hiddenCount(selected, shown), [selected, shown]);
  const bulk = useBulk(selected, () => setSelection(NOTHING_SELECTED));

  return (
    <>
      <EventToolbar
        query={query}
        onChange={changeQuery}
        counts={counts}
        shown={shown}
        selected={selected}
        bulk={
          selected.length > 0 && (
            <BulkBar
              count={selected.length}
              hidden={hidden}
              onAsk={bulk.ask}
              onClear={() => setSelection(NOTHING_SELECTED)}
            />
          )
        }
      />
      {bulk.parts}
      {shown.length > 0 ? (
        <EventTable
          rows={shown}
          sort={query.sort}
          onSort={(sort) => changeQuery({ sort })}
          columns={query.columns}
          selection={selection}
          onSelect={setSelection}
        />
      ) : rows.length > 0 ? (
        <PageState
          icon={<IconSearchOff size={22} stroke={1.6} />}
          title="No event matches"
          detail="No event has these words, this status and what the filters ask for."
          action={{
            label: "Clear search and filter",
            onClick: () => changeQuery({ search: "", status: "all", ...NO_FILTER }),
          }}
        />
      ) : feed.loading ? (
        <EventTableSkeleton />
      ) : (
        <NoEvents problem={feed.problem} />
      )}
    </>
  );
}

/** How many of the selected events the list does not show. */
function hiddenCount(selected: readonly EventRow[], shown: readonly EventRow[]): number {
  if (selected.length === 0) return 0;
  const visible = new Set(shown);
  return selected.filter((row) => !visible.has(row)).length;
}

function NoEvents({ problem }: { readonly problem: string | undefined }) {
  const navigate = useNavigate();
  return problem ? (
    <PageState
      icon={<IconCalendarOff size={22} stroke={1.6} />}
      title="The events could not be loaded"
      detail={`${problem} The page keeps trying.`}
    />
  ) : (
    <PageState
      icon={<IconCalendarOff size={22} stroke={1.6} />}
      title="No events yet"
      detail="Create the first one; its triggers are queued as soon as it is saved."
      action={{ label: "New event", onClick: () => navigate("/events/new") }}
    />
  );
}
