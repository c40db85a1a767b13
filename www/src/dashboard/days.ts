import { formatDay } from "../time/format";

/** What falls on one day of the viewer. */
export interface Day<T> {
  readonly label: string;
  readonly items: readonly T[];
}

const DAY = 24 * 3_600_000;

/** Splits what is in order of time by the viewer's days; near ones are called today and tomorrow. */
export function byDay<T>(items: readonly T[], instantOf: (item: T) => number, now: number): readonly Day<T>[] {
  const days: { label: string; items: T[] }[] = [];
  for (const item of items) {
    const label = dayLabel(instantOf(item), now);
    const last = days.at(-1);
    if (last?.label === label) last.items.push(item);
    else days.push({ label, items: [item] });
  }
  return days;
}

/** `Today`, `Tomorrow`, `Yesterday`, or the date. */
export function dayLabel(at: number, now: number): string {
  const distance = startOfDay(at) - startOfDay(now);
  const days = Math.round(distance / DAY);
  if (days === 0) return "Today";
  if (days === 1) return "Tomorrow";
  return days === -1 ? "Yesterday" : formatDay(at);
}

const startOfDay = (at: number): number => new Date(at).setHours(0, 0, 0, 0);
