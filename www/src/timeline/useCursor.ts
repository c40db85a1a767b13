import { type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import type { Extent, TimelineItem } from "./items";
import type { Lanes, Placed } from "./lanes";
import type { Camera } from "./useGestures";

export const LANE_PX = 42;
export const LANES_TOP_PX = 8;
export const PAN_SHARE = 0.6;
export const ZOOM_TIMES = 1.6;

interface Place {
  readonly lanes: Lanes;
  /** In order of their starts. */
  readonly items: readonly TimelineItem[];
  /** What is in the document. */
  readonly drawn: readonly Placed[];
  readonly view: Extent;
  readonly camera: Camera;
  readonly surface: RefObject<HTMLElement | null>;
  readonly scroller: RefObject<HTMLElement | null>;
}

/**
 * Leads the keyboard from event to event: left and right in order of time, up and down from lane to lane. One of them is in the
 * order of the Tab key, the one where the keyboard was last, or the first in view that starts there.
 */
export function useCursor({ lanes, items, drawn, view, camera, surface, scroller }: Place) {
  const [chosen, setCurrent] = useState<string | null>(null);
  const wanted = useRef<string | null>(null);
  const places = useMemo(() => new Map(lanes.flat().map((placed) => [placed.item.id, placed])), [lanes]);
  const current = drawn.some(({ item }) => item.id === chosen) ? chosen : firstIn(drawn, view);

  // The bar may exist only after time and lanes have moved to it.
  useEffect(() => {
    if (wanted.current === null) return;
    const link = surface.current?.querySelector<HTMLElement>(`[data-event-id="${CSS.escape(wanted.current)}"] a`);
    if (!link) return;
    wanted.current = null;
    link.focus({ preventScroll: true });
  });

  const goTo = (placed: Placed | undefined) => {
    if (!placed) return;
    wanted.current = placed.item.id;
    setCurrent(placed.item.id);
    bringIntoView(placed, view, camera, scroller.current);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys(event.key, { items, places, lanes, current, view, camera, goTo });
    if (!act) return;
    event.preventDefault();
    act();
  };
  return { current, setCurrent, onKeyDown };
}

const firstIn = (drawn: readonly Placed[], view: Extent): string | null =>
  (drawn.find(({ item }) => item.starts >= view.from) ?? drawn[0])?.item.id ?? null;

interface Situation extends Pick<Place, "items" | "lanes" | "view" | "camera"> {
  readonly places: ReadonlyMap<string, Placed>;
  readonly current: string | null;
  readonly goTo: (placed: Placed | undefined) => void;
}

/** What a key does; nothing for keys that are not the timeline's. */
function keys(key: string, situation: Situation): (() => void) | undefined {
  const { items, places, lanes, current, camera, goTo } = situation;
  const at = items.findIndex(({ id }) => id === current);
  const inOrder = (step: number) => () => goTo(places.get(items[at + step]?.id ?? ""));
  const across = (step: number) => () => goTo(neighbour(lanes, places.get(current ?? ""), step));
  switch (key) {
    case "ArrowRight":
      return inOrder(1);
    case "ArrowLeft":
      return inOrder(-1);
    case "ArrowDown":
      return across(1);
    case "ArrowUp":
      return across(-1);
    case "PageDown":
      return () => camera.panBy(PAN_SHARE);
    case "PageUp":
      return () => camera.panBy(-PAN_SHARE);
    case "+":
      return () => camera.zoomBy(ZOOM_TIMES);
    case "-":
      return () => camera.zoomBy(1 / ZOOM_TIMES);
    default:
      return undefined;
  }
}

/** The item of the lane above or below that is nearest in time. */
function neighbour(lanes: Lanes, from: Placed | undefined, step: number): Placed | undefined {
  if (!from) return undefined;
  const distance = (other: Placed) => Math.abs(other.item.starts - from.item.starts);
  return lanes[from.lane + step]?.reduce((near, other) => (distance(other) < distance(near) ? other : near));
}

function bringIntoView({ item, lane }: Placed, view: Extent, camera: Camera, scroller: HTMLElement | null): void {
  const margin = (view.until - view.from) / 10;
  if (item.starts < view.from + margin || item.starts > view.until - 2 * margin) {
    const half = (view.until - view.from) / 2;
    camera.show({ from: item.starts - half, until: item.starts + half });
  }
  if (!scroller) return;
  const top = lane * LANE_PX + LANES_TOP_PX;
  if (top < scroller.scrollTop) scroller.scrollTop = top - LANES_TOP_PX;
  else if (top + LANE_PX > scroller.scrollTop + scroller.clientHeight) {
    scroller.scrollTop = top + LANE_PX - scroller.clientHeight;
  }
}
