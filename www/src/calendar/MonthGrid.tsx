import type { CalendarDate } from "@internationalized/date";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { statusTone } from "../scheduler/vocabulary";
import { formatDay, weekdayNames } from "../time/format";
import { eventPath } from "../ui/eventPath";
import tones from "../ui/tones.module.css";
import classes from "./Calendar.module.css";
import { keyTarget } from "./keys";
import { type DayNumber, dayNumber, isoDate } from "./spans";
import { viewersToday } from "./useCalendarQuery";
import { DAYS, hiddenOn, readDate, type Segment, type Week } from "./weeks";

const BAR_PX = 22;
const DAY_PX = 32;
const HEAD_PX = 30;
/** Between a bar and the edge of its day; what goes on in another week reaches the edge. */
const GAP_PX = 4;
const DOTS = [1, 2, 3];
const COLUMNS = [0, 1, 2, 3, 4, 5, 6];

interface Props {
  readonly weeks: readonly Week[];
  readonly day: CalendarDate;
  readonly onChoose: (day: CalendarDate) => void;
  /** Leads on to all that a day holds. */
  readonly onMore: (day: CalendarDate) => void;
}

/** The month as a grid: arrows lead from day to day, Home and End through the week, Page Up and Page Down through months. */
export function MonthGrid({ weeks, day, onChoose, onMore }: Props) {
  const { ref, height } = useElementSize<HTMLDivElement>();
  const moved = useRef(false);
  const grid = useRef<HTMLTableElement>(null);
  // Before the grid is measured it shows days alone, so that no bar is drawn in one place and moved to another.
  const lanes =
    height === 0 ? 0 : Math.max(1, Math.floor(((height - HEAD_PX) / Math.max(1, weeks.length) - DAY_PX) / BAR_PX));
  const chosen = dayNumber(day.toString());
  useEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    grid.current?.querySelector<HTMLElement>(`[data-day="${chosen}"]`)?.focus();
  }, [chosen]);
  const choose = (number: DayNumber, act: (day: CalendarDate) => void) => {
    const date = readDate(isoDate(number));
    if (date) act(date);
  };
  return (
    <div className={classes.sheet} ref={ref}>
      <table
        ref={grid}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is what a table that arrows lead through is
        role="grid"
        aria-label="Month"
        className={classes.grid}
        onKeyDown={(event) => {
          const target = keyTarget(event, day, navigator.language);
          if (!target) return;
          event.preventDefault();
          moved.current = true;
          onChoose(target);
        }}
      >
        <thead>
          <tr>
            {weekdayNames(weeks[0]?.firstDay ?? 0).map(({ long, short }) => (
              <th key={long} scope="col" abbr={long}>
                {short}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week.firstDay} style={{ height: `${100 / weeks.length}%` }}>
              {COLUMNS.map((column) => (
                <Day
                  key={column}
                  week={week}
                  column={column}
                  lanes={lanes}
                  month={day.month}
                  chosen={week.firstDay + column === chosen}
                  onChoose={() => choose(week.firstDay + column, onChoose)}
                  onMore={() => choose(week.firstDay + column, onMore)}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface DayProps {
  readonly week: Week;
  readonly column: number;
  /** How many bars have room; 0 while that is not known. */
  readonly lanes: number;
  readonly month: number;
  readonly chosen: boolean;
  readonly onChoose: () => void;
  readonly onMore: () => void;
}

function Day({ week, column, lanes, month, chosen, onChoose, onMore }: DayProps) {
  const number = week.firstDay + column;
  const date = isoDate(number);
  const count = week.counts[column] ?? 0;
  // The line that tells of more takes a bar's place.
  const fits = Math.max(...week.counts) > lanes || hiddenOn(week, column, lanes) > 0 ? lanes - 1 : lanes;
  const hidden = lanes === 0 ? 0 : hiddenOn(week, column, fits);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the button within does the same
    <td
      data-outside={Number(date.slice(5, 7)) !== month || undefined}
      data-chosen={chosen || undefined}
      onClick={onChoose}
    >
      <button
        type="button"
        className={classes.day}
        data-day={number}
        data-today={date === viewersToday().toString() || undefined}
        tabIndex={chosen ? 0 : -1}
        aria-pressed={chosen}
        aria-label={`${formatDay(Date.parse(`${date}T12:00:00Z`), "UTC")}, ${count === 1 ? "1 event" : `${count} events`}`}
      >
        {Number(date.slice(8))}
      </button>
      {week.segments
        .filter(({ from, lane }) => from === column && lane < fits)
        .map((segment) => (
          <Bar key={segment.span.id} segment={segment} week={week} />
        ))}
      {hidden > 0 && (
        <button
          type="button"
          className={classes.more}
          style={{ top: DAY_PX + fits * BAR_PX }}
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            onMore();
          }}
        >
          +{hidden} more
        </button>
      )}
      <span className={classes.dots} aria-hidden>
        {DOTS.slice(0, count).map((dot) => (
          <i key={dot} />
        ))}
        {count > DOTS.length && <b>{count}</b>}
      </span>
    </td>
  );
}

function Bar({ segment: { span, from, to, lane }, week }: { readonly segment: Segment; readonly week: Week }) {
  const days = to - from + 1;
  const before = span.first < week.firstDay;
  const after = span.last > week.firstDay + DAYS - 1;
  const gap = (before ? 0 : GAP_PX) + (after ? 0 : GAP_PX);
  return (
    <Link
      to={eventPath(span.id)}
      className={`${classes.bar} ${tones[statusTone(span.event)]}`}
      style={{ top: DAY_PX + lane * BAR_PX, width: `calc(${days * 100}% + ${days - 1}px - ${gap}px)` }}
      data-before={before || undefined}
      data-after={after || undefined}
      title={span.name}
      tabIndex={-1}
      onClick={(event) => event.stopPropagation()}
    >
      {span.name}
    </Link>
  );
}
