import { IconTimelineEventX } from "@tabler/icons-react";
import { useDeferredValue, useMemo } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { searchRows } from "../events/listQuery";
import { PageTitle } from "../notify/PageTitle";
import { useEventIndex } from "../scheduler/hooks";
import { useFeedState } from "../scheduler/useFeedState";
import { PageState } from "../ui/PageState";
import { timelineItems } from "./items";
import classes from "./Timeline.module.css";
import { TimelineChart } from "./TimelineChart";
import { TimelineToolbar } from "./TimelineToolbar";
import { useConflicts } from "./useConflicts";
import { useTimelineQuery } from "./useTimelineQuery";

/** `/timeline`: the windows and triggers of all events on one axis of time. */
export function Component() {
  const [query, change] = useTimelineQuery();
  const { rows } = useEventIndex();
  const feed = useFeedState();
  const conflicts = useConflicts();
  const search = useDeferredValue(query.search);
  const items = useMemo(() => {
    const found = timelineItems(searchRows(rows, search));
    return query.onlyConflicts ? found.filter(({ id }) => conflicts.byEvent.has(id)) : found;
  }, [rows, search, query.onlyConflicts, conflicts]);
  return (
    <div className={classes.page}>
      <PageTitle>Timeline</PageTitle>
      <TimelineToolbar query={query} onChange={change} conflicts={conflicts.total} />
      {items.length > 0 ? (
        <TimelineChart items={items} query={query} conflicts={conflicts.byEvent} />
      ) : feed.loading ? (
        <PageState busy title="Loading the events" />
      ) : (
        <Nothing problem={feed.problem} any={rows.length > 0} />
      )}
    </div>
  );
}

function Nothing({ problem, any }: { readonly problem: string | undefined; readonly any: boolean }) {
  const navigate = useNavigate();
  const [, setParams] = useSearchParams();
  const icon = <IconTimelineEventX size={22} stroke={1.6} />;
  if (any) {
    const clear = () => setParams({}, { replace: true });
    return (
      <PageState
        icon={icon}
        title="No event to show"
        detail="No event with a start and an end has these words, or is in another's way."
        action={{ label: "Show all events", onClick: clear }}
      />
    );
  }
  return problem ? (
    <PageState icon={icon} title="The events could not be loaded" detail={`${problem} The page keeps trying.`} />
  ) : (
    <PageState
      icon={icon}
      title="No events yet"
      detail="The first event with a start and an end appears here."
      action={{ label: "New event", onClick: () => navigate("/events/new") }}
    />
  );
}
