import { ActionIcon, Button, TextInput, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconSearch } from "@tabler/icons-react";
import { useDeferredValue, useMemo, useRef } from "react";
import { searchRows } from "../events/listQuery";
import { PageTitle } from "../notify/PageTitle";
import { useEventIndex } from "../scheduler/hooks";
import { useFeedState } from "../scheduler/useFeedState";
import { formatMonth } from "../time/format";
import { Agenda } from "./Agenda";
import classes from "./Calendar.module.css";
import { MonthGrid } from "./MonthGrid";
import { dayNumber, eventSpans } from "./spans";
import { type CalendarQuery, useCalendarQuery, viewersToday } from "./useCalendarQuery";
import { layOut, weeksOf } from "./weeks";

/** `/calendar`: a month of events, and beside it those of the chosen day. */
export function Component() {
  const [query, change] = useCalendarQuery();
  const { rows } = useEventIndex();
  const { loading, problem } = useFeedState();
  const agenda = useRef<HTMLHeadingElement>(null);
  const search = useDeferredValue(query.search);
  const spans = useMemo(() => eventSpans(searchRows(rows, search)), [rows, search]);
  const { year, month } = query.day;
  const weeks = useMemo(
    () => weeksOf(viewersToday().set({ year, month, day: 1 }), navigator.language).map((first) => layOut(spans, first)),
    [spans, year, month],
  );
  const chosen = dayNumber(query.day.toString());
  const ofDay = useMemo(() => spans.filter(({ first, last }) => first <= chosen && last >= chosen), [spans, chosen]);
  return (
    <div className={classes.page}>
      <PageTitle>Calendar</PageTitle>
      <Toolbar query={query} onChange={change} />
      <div className={classes.parts}>
        <MonthGrid
          weeks={weeks}
          day={query.day}
          onChoose={(day) => change({ day })}
          onMore={(day) => {
            change({ day });
            agenda.current?.focus();
          }}
        />
        <Agenda heading={agenda} day={query.day} spans={ofDay} loading={loading} problem={problem} />
      </div>
    </div>
  );
}

interface ToolbarProps {
  readonly query: CalendarQuery;
  readonly onChange: (change: Partial<CalendarQuery>) => void;
}

function Toolbar({ query: { day, search }, onChange }: ToolbarProps) {
  return (
    <div className={classes.toolbar}>
      <h1 className={classes.title}>Calendar</h1>
      <div className={classes.months}>
        <Tooltip label="Month before">
          <ActionIcon
            variant="default"
            size={34}
            aria-label="Month before"
            onClick={() => onChange({ day: day.subtract({ months: 1 }) })}
          >
            <IconChevronLeft size={17} stroke={1.8} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Button variant="default" onClick={() => onChange({ day: viewersToday() })}>
          Today
        </Button>
        <Tooltip label="Month after">
          <ActionIcon
            variant="default"
            size={34}
            aria-label="Month after"
            onClick={() => onChange({ day: day.add({ months: 1 }) })}
          >
            <IconChevronRight size={17} stroke={1.8} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </div>
      <span className={classes.month} role="status">
        {formatMonth(day.year, day.month)}
      </span>
      <TextInput
        className={classes.search}
        aria-label="Search events"
        placeholder="Search by name, venue or id"
        type="search"
        value={search}
        onChange={(event) => onChange({ search: event.currentTarget.value })}
        leftSection={<IconSearch size={16} stroke={1.8} aria-hidden />}
      />
    </div>
  );
}
