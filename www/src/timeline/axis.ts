import { scaleTime } from "d3-scale";
import { formatTick, type TickUnit } from "../time/format";
import type { Extent } from "./items";

/** A place on the axis. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface Axis {
  /** Where the larger unit begins anew; the first is the one in which the view begins. */
  readonly major: readonly Tick[];
  readonly minor: readonly Tick[];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TICK_PX = 84;

/** The ticks of a view so many pixels wide, in the viewer's zone and language. */
export function axisOf(view: Extent, widthPx: number): Axis {
  const scale = scaleTime().domain([view.from, view.until]);
  const minor = scale.ticks(Math.max(2, widthPx / TICK_PX)).map((date) => date.getTime());
  const step = minor.length > 1 ? (minor[1] as number) - (minor[0] as number) : view.until - view.from;
  const { unit, within } = unitsFor(step);
  // Where days are counted anew with each month, the last tick of one can lie close to the first of the next.
  const apart = minor.filter((at, position) => (minor[position + 1] ?? Number.POSITIVE_INFINITY) - at > step * 0.75);
  return {
    minor: apart.map((at) => ({ at, label: formatTick(at, unit) })),
    major: beginnings(view, within).map((at) => ({ at, label: formatTick(at, within) })),
  };
}

/** In which unit ticks of this distance are told, and in which larger one they lie. */
function unitsFor(step: number): { readonly unit: TickUnit; readonly within: "day" | "month" | "year" } {
  if (step < DAY) return { unit: "time", within: "day" };
  if (step < 27 * DAY) return { unit: "dayOfMonth", within: "month" };
  return step < 360 * DAY ? { unit: "monthOfYear", within: "year" } : { unit: "year", within: "year" };
}

function beginnings({ from, until }: Extent, unit: "day" | "month" | "year"): readonly number[] {
  const found: number[] = [];
  for (let date = beginningOf(new Date(from), unit); date.getTime() < until; date = following(date, unit)) {
    found.push(date.getTime());
  }
  return found;
}

function beginningOf(date: Date, unit: "day" | "month" | "year"): Date {
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  return unit === "year" ? new Date(year, 0) : unit === "month" ? new Date(year, month) : new Date(year, month, day);
}

function following(date: Date, unit: "day" | "month" | "year"): Date {
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  if (unit === "year") return new Date(year + 1, 0);
  return unit === "month" ? new Date(year, month + 1) : new Date(year, month, day + 1);
}
