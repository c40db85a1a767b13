import { IconCalendarOff, IconSearchOff } from "@tabler/icons-react";
import { useDeferredValue, useMemo } from "react";
import { Outlet, useMatch, useNavigate } from "react-router";
import { PageTitle } from "../notify/PageTitle";
import { QueuePanel } from "../queue/QueuePanel";
import { useEventIndex } from "../scheduler/hooks";
import { useFeedState } from "../scheduler/useFeedState";
import { PageState } from "../ui/PageState";
import classes from "./EventsPage.module.css";
import { EventTable } from "./EventTable";
import { EventTableSkeleton } from "./EventTableSkeleton";
import { EventToolbar } from "./EventToolbar";
import { countByStatus, filterByStatus, searchRows, sortRows } from "./listQuery";
import { NarrowTabs, useNarrowView } from "./NarrowTabs";
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
  const { rows } = useEventIndex();
  const feed = useFeedState();
  const search = useDeferredValue(query.search);
  const found = useMemo(() => searchRows(rows, search), [rows, search]);
  const counts = useMemo(() => countByStatus(found), [found]);
  const shown = useMemo(
    () => sortRows(filterByStatus(found, query.status), query.sort),
    [found, query.status, query.sort],
  );

  return (
    <>
      <EventToolbar query={query} onChange={changeQuery} counts={counts} />
      {shown.length > 0 ? (
        <EventTable rows={shown} sort={query.sort} onSort={(sort) => changeQuery({ sort })} />
      ) : rows.length > 0 ? (
        <PageState
          icon={<IconSearchOff size={22} stroke={1.6} />}
          title="No event matches"
          detail="No event has these words and this status."
          action={{ label: "Clear search and filter", onClick: () => changeQuery({ search: "", status: "all" }) }}
        />
      ) : feed.loading ? (
        <EventTableSkeleton />
      ) : (
        <NoEvents problem={feed.problem} />
      )}
    </>
  );
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
