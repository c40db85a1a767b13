import { Tooltip } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { Conflict } from "client-event-scheduler/slim";
import { Link } from "react-router";
import { eventVenue } from "../scheduler/eventFields";
import { stateWords } from "../scheduler/vocabulary";
import { type Window, type WindowKind, windowTimes, windowWords } from "../scheduler/windows";
import { formatDateRange } from "../time/format";
import { eventPath } from "../ui/eventPath";
import { extentOf, shownWindows } from "./items";
import { LONGEST_NAME_PX, nameWidth, type Placed } from "./lanes";
import classes from "./Timeline.module.css";
import { LANE_PX, LANES_TOP_PX } from "./useCursor";

interface Props {
  readonly placed: Placed;
  readonly kinds: ReadonlySet<WindowKind>;
  readonly px: (at: number) => number;
  readonly width: number;
  readonly now: number;
  readonly conflicts: readonly Conflict[] | undefined;
  /** Whether the Tab key stops here. */
  readonly current: boolean;
  readonly onFocus: (id: string) => void;
}

const BEYOND_PX = 40;
const SMALLEST_BAR_PX = 3;
/** Narrower than this, the marks of its two triggers would be one. */
const MARKED_FROM_PX = 14;

/** One event: its name over its windows, at whose ends its triggers fire. */
export function TimelineBar({ placed, kinds, px, width, now, conflicts, current, onFocus }: Props) {
  const { item, lane } = placed;
  const windows = shownWindows(item, kinds);
  const left = px(placed.from);
  const right = px(placed.until);
  // A name stays in view for as long as anything of its event does.
  const name = Math.max(0, Math.min(6 - left, right - left - nameWidth(item.name)));
  const between = windows.every((window) => px(window.until) < 0 || px(window.from) > width);
  const ahead = between ? windows.find((window) => px(window.from) > width) : undefined;
  return (
    <li
      className={classes.item}
      data-between={between || undefined}
      style={{ transform: `translate(${left}px, ${lane * LANE_PX + LANES_TOP_PX}px)`, width: right - left }}
      data-event-id={item.id}
    >
      <Tooltip label={<Details placed={placed} conflicts={conflicts} />} position="top-start" openDelay={350}>
        <Link
          to={eventPath(item.id)}
          className={classes.link}
          tabIndex={current ? 0 : -1}
          draggable={false}
          onFocus={() => onFocus(item.id)}
        >
          <span
            className={classes.name}
            style={{ transform: `translateX(${name}px)`, maxWidth: ahead ? undefined : LONGEST_NAME_PX }}
          >
            {conflicts && <IconAlertTriangle size={13} stroke={2} className={classes.warning} aria-hidden />}
            <span>{item.name}</span>
            {ahead && <em aria-hidden>→ {formatDateRange(ahead.from, ahead.from)}</em>}
          </span>
          <span className={classes.hidden}>{spoken(placed, windows, conflicts)}</span>
        </Link>
      </Tooltip>
      <Thread windows={windows} px={px} left={left} width={width} />
      {windows.map((window) => (
        <Bar
          key={window.kind}
          window={window}
          status={item.event.status}
          left={Math.max(px(window.from), -BEYOND_PX) - left}
          right={Math.min(px(window.until), width + BEYOND_PX) - left}
          now={now}
          conflicting={conflicts !== undefined && window.kind === "event"}
        />
      ))}
    </li>
  );
}

interface ThreadProps {
  readonly windows: readonly Window[];
  readonly px: (at: number) => number;
  readonly left: number;
  readonly width: number;
}

/** Holds the windows of one event together where time passes between them. */
function Thread({ windows, px, left, width }: ThreadProps) {
  const { from, until } = extentOf(windows);
  const [first, last] = [Math.max(px(from), -BEYOND_PX), Math.min(px(until), width + BEYOND_PX)];
  if (windows.length < 2 || last <= first) return null;
  return (
    <span
      className={classes.thread}
      style={{ transform: `translateX(${first - left}px)`, width: last - first }}
      aria-hidden
    />
  );
}

interface BarProps {
  readonly window: Window;
  readonly status: string;
  readonly left: number;
  readonly right: number;
  readonly now: number;
  readonly conflicting: boolean;
}

function Bar({ window, status, left, right, now, conflicting }: BarProps) {
  const width = Math.max(SMALLEST_BAR_PX, right - left);
  const marked = width >= MARKED_FROM_PX;
  return (
    <span
      className={classes.bar}
      data-kind={window.kind}
      data-status={status}
      data-over={window.until <= now || undefined}
      data-open-start={window.openStart || undefined}
      data-open-end={window.openEnd || undefined}
      data-conflict={conflicting || undefined}
      style={{ transform: `translateX(${left}px)`, width }}
      aria-hidden
    >
      {marked && !window.openStart && <span className={classes.trigger} data-fired={window.from <= now || undefined} />}
      {marked && !window.openEnd && <span className={classes.trigger} data-fired={window.until <= now || undefined} />}
    </span>
  );
}

interface DetailsProps {
  readonly placed: Placed;
  readonly conflicts: readonly Conflict[] | undefined;
}

function Details({ placed: { item }, conflicts }: DetailsProps) {
  return (
    <div className={classes.details}>
      <strong>{item.name}</strong>
      <div>
        {eventVenue(item.event) || "No venue"} · {stateWords(item.event)}
      </div>
      {item.windows.map((window) => (
        <div key={window.kind}>
          {windowWords(window.kind)}: {windowTimes(window)}
        </div>
      ))}
      {conflicts && <div className={classes.conflicting}>{conflictWords(conflicts)}</div>}
    </div>
  );
}

/** `Shares Berlin with 2 other events`. */
export const conflictWords = (conflicts: readonly Conflict[]): string =>
  `Shares ${conflicts[0]?.venue ?? "its venue"} with ${conflicts.length === 1 ? "another event" : `${conflicts.length} other events`} at the same time`;

function spoken({ item }: Placed, windows: readonly Window[], conflicts: readonly Conflict[] | undefined): string {
  const times = windows.map((window) => `${windowWords(window.kind)} ${windowTimes(window)}`);
  return [stateWords(item.event), ...times, ...(conflicts ? [conflictWords(conflicts)] : [])].join(". ");
}
