import type { WindowKind } from "../scheduler/windows";
import { type Extent, extentOf, shownWindows, type TimelineItem } from "./items";

/** An item in its lane, with the stretch that it takes there: its windows, or its name where that is longer. */
export interface Placed extends Extent {
  readonly item: TimelineItem;
  readonly lane: number;
}

/** Items without overlap in lanes: in each lane in order of time. */
export type Lanes = readonly (readonly Placed[])[];

const LETTER_PX = 6.6;
const NAME_PADDING_PX = 30;
export const LONGEST_NAME_PX = 230;

/** Roughly the room that a name takes. */
export const nameWidth = (name: string): number => Math.min(LONGEST_NAME_PX, name.length * LETTER_PX + NAME_PADDING_PX);

/**
 * Gives each item the first lane in which it has room, so that lanes are full from the top. Which lane that is does not depend
 * on what is in view, only on the scale, on which the names' lengths in time depend.
 */
export function packLanes(items: readonly TimelineItem[], kinds: ReadonlySet<WindowKind>, msPerPx: number): Lanes {
  const extents = items.map((item) => {
    const { from, until } = extentOf(shownWindows(item, kinds));
    return { item, from, until: Math.max(until, from + nameWidth(item.name) * msPerPx) };
  });
  extents.sort((a, b) => a.from - b.from || (a.item.id < b.item.id ? -1 : 1));
  const lanes: Placed[][] = [];
  const ends: number[] = [];
  for (const extent of extents) {
    const free = ends.findIndex((end) => end <= extent.from);
    const lane = free < 0 ? lanes.length : free;
    const placed = { ...extent, lane };
    if (free < 0) lanes.push([placed]);
    else lanes[lane]?.push(placed);
    ends[lane] = extent.until;
  }
  return lanes;
}

/** What of a range of lanes falls into a stretch of time. */
export function inView(lanes: Lanes, first: number, last: number, view: Extent): readonly Placed[] {
  const found: Placed[] = [];
  for (let lane = Math.max(0, first); lane <= Math.min(last, lanes.length - 1); lane++) {
    const placed = lanes[lane] ?? [];
    for (let at = firstEndingAfter(placed, view.from); at < placed.length; at++) {
      const candidate = placed[at];
      if (!candidate || candidate.from >= view.until) break;
      found.push(candidate);
    }
  }
  return found;
}

/** In a lane nothing overlaps, so that ends are in order as starts are. */
function firstEndingAfter(placed: readonly Placed[], instant: number): number {
  let [low, high] = [0, placed.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((placed[middle]?.until ?? 0) <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
}
