import { useElementSize, useMergedRef } from "@mantine/hooks";
import type { Conflict } from "client-event-scheduler/slim";
import { useMemo, useRef, useState } from "react";
import { usePageScheduler } from "../scheduler/hooks";
import { axisOf } from "./axis";
import { extentOf, type TimelineItem } from "./items";
import { inView, packLanes } from "./lanes";
import classes from "./Timeline.module.css";
import { TimelineAxis } from "./TimelineAxis";
import { TimelineBar } from "./TimelineBar";
import { TimelineControls } from "./TimelineControls";
import { TimelineList } from "./TimelineList";
import { LANE_PX, LANES_TOP_PX, useCursor } from "./useCursor";
import { useGestures } from "./useGestures";
import { useNow } from "./useNow";
import type { TimelineQuery } from "./useTimelineQuery";
import { firstView, msPerPixel, viewOf } from "./view";

interface Props {
  readonly items: readonly TimelineItem[];
  readonly query: TimelineQuery;
  readonly conflicts: ReadonlyMap<string, readonly Conflict[]>;
}

const YEAR = 365 * 24 * 3_600_000;
/** Lanes beyond those in view, so that none is missing while they scroll. */
const SPARE_LANES = 3;
const SPARE_PX = 60;

/** The events in lanes along the axis, of which only those in view exist; or the same stretch of time as a list. */
export function TimelineChart({ items, query, conflicts }: Props) {
  const now = useNow();
  const scheduler = usePageScheduler();
  const surface = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const { ref: measure, width, height } = useElementSize<HTMLDivElement>();
  const surfaceRef = useMergedRef(surface, measure);
  const [scrolled, setScrolled] = useState(0);
  const [initial] = useState(() => firstView(scheduler.now()));
  const bounds = useMemo(() => boundsOf(items, initial.from), [items, initial]);
  const { transform, camera } = useGestures({ surface, scroller, widthPx: width, bounds, initial });
  const view = transform ? viewOf(transform, width) : initial;

  // Names need more time the smaller the scale; lanes are packed anew only when it has changed by half.
  const coarseness = transform ? Math.round(Math.log2(msPerPixel(transform)) * 2) : 0;
  const lanes = useMemo(() => packLanes(items, query.kinds, 2 ** (coarseness / 2)), [items, query.kinds, coarseness]);
  const firstLane = Math.floor(scrolled / LANE_PX) - SPARE_LANES;
  const lastLane = Math.ceil((scrolled + height) / LANE_PX) + SPARE_LANES;
  const px = (at: number) => ((at - view.from) / (view.until - view.from)) * width;
  const spare = ((view.until - view.from) / Math.max(1, width)) * SPARE_PX;
  const drawn = transform
    ? inView(lanes, firstLane, lastLane, { from: view.from - spare, until: view.until + spare })
    : [];
  const cursor = useCursor({ lanes, items, drawn, view, camera, surface, scroller });

  return (
    <section className={classes.chart} aria-label="Timeline">
      <TimelineControls view={view} camera={camera} now={now} bounds={bounds} />
      {query.asList ? <TimelineList items={items} kinds={query.kinds} view={view} conflicts={conflicts} /> : null}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: its links are what is used; the keys lead from one to the next */}
      <div
        ref={surfaceRef}
        className={classes.surface}
        hidden={query.asList}
        onKeyDown={cursor.onKeyDown}
        data-testid="timeline"
      >
        <TimelineAxis axis={axisOf(view, width)} px={px} width={width} now={now} />
        <div
          ref={scroller}
          className={classes.scroller}
          onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
        >
          <ul
            className={classes.lanes}
            style={{ height: Math.max(lanes.length * LANE_PX + 2 * LANES_TOP_PX, 1) }}
            aria-label="Events in view"
          >
            {drawn.map((placed) => (
              <TimelineBar
                key={placed.item.id}
                placed={placed}
                kinds={query.kinds}
                px={px}
                width={width}
                now={now}
                conflicts={conflicts.get(placed.item.id)}
                current={placed.item.id === cursor.current}
                onFocus={cursor.setCurrent}
              />
            ))}
          </ul>
        </div>
      </div>
    </section>
  );
}

/** From a year before the first event to a year after the last, the present among them. */
function boundsOf(items: readonly TimelineItem[], now: number) {
  let [from, until] = [now, now];
  for (const { windows } of items) {
    const extent = extentOf(windows);
    from = Math.min(from, extent.from);
    until = Math.max(until, extent.until);
  }
  return { from: from - YEAR, until: until + YEAR };
}
