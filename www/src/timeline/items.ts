import { eventName } from "../scheduler/eventFields";
import type { EventRow } from "../scheduler/eventIndex";
import { type Window, type WindowKind, windowsOf } from "../scheduler/windows";

/** One event as the timeline draws it. The same object stays for as long as its event does not change. */
export interface TimelineItem {
  readonly id: string;
  readonly name: string;
  readonly event: EventRow["event"];
  readonly windows: readonly Window[];
  /** When the event itself starts, in epoch milliseconds. */
  readonly starts: number;
}

const made = new WeakMap<EventRow["event"], TimelineItem | null>();

/** The events that can be drawn, in order of their starts; drafts and what cannot be read have no place in time. */
export function timelineItems(rows: readonly EventRow[]): readonly TimelineItem[] {
  const items = rows.map(({ event }) => {
    let item = made.get(event);
    if (item === undefined) {
      item = makeItem(event);
      made.set(event, item);
    }
    return item;
  });
  return items.filter((item) => item !== null).sort((a, b) => a.starts - b.starts || (a.id < b.id ? -1 : 1));
}

function makeItem(event: EventRow["event"]): TimelineItem | null {
  const windows = windowsOf(event);
  const starts = windows.find(({ kind }) => kind === "event")?.from;
  return starts === undefined ? null : { id: event.event_id, name: eventName(event), event, windows, starts };
}

/** The windows of the item that are wanted. */
export const shownWindows = (item: TimelineItem, kinds: ReadonlySet<WindowKind>): readonly Window[] =>
  kinds.size === 3 ? item.windows : item.windows.filter(({ kind }) => kinds.has(kind));

/** From the first to the last instant of what is drawn of an item. */
export interface Extent {
  readonly from: number;
  readonly until: number;
}

export function extentOf(windows: readonly Window[]): Extent {
  let from = Number.POSITIVE_INFINITY;
  let until = Number.NEGATIVE_INFINITY;
  for (const window of windows) {
    from = Math.min(from, window.from);
    until = Math.max(until, window.until);
  }
  return { from, until };
}
