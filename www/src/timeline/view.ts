import { type ScaleTime, scaleTime } from "d3-scale";
import { type ZoomTransform, zoomIdentity } from "d3-zoom";
import type { Extent } from "./items";

const DAY = 24 * 3_600_000;

/**
 * The scale that gestures transform. It does not depend on the data or on the width, so that neither moves what is in view; its
 * span only decides which zoom factors are usual numbers.
 */
const BASE: ScaleTime<number, number> = scaleTime()
  .domain([Date.UTC(1970, 0, 1), Date.UTC(2170, 0, 1)])
  .range([0, 1_000]);
const BASE_PX_PER_MS = 1_000 / (Date.UTC(2170, 0, 1) - Date.UTC(1970, 0, 1));

/** From twenty years side by side on a screen to half an hour. */
export const ZOOM_RANGE: [number, number] = [
  1_300 / (20 * 365 * DAY * BASE_PX_PER_MS),
  1_300 / (1_800_000 * BASE_PX_PER_MS),
];

/** Where an instant lies on the base scale. */
export const basePx = (at: number): number => BASE(at);

/** The stretch of time that a transform shows in so many pixels. */
export function viewOf(transform: ZoomTransform, widthPx: number): Extent {
  const msPerPx = msPerPixel(transform);
  const from = BASE.invert(transform.invertX(0)).getTime();
  return { from, until: from + widthPx * msPerPx };
}

export const msPerPixel = (transform: ZoomTransform): number => 1 / (transform.k * BASE_PX_PER_MS);

/** The transform that shows a stretch of time in so many pixels. */
export function transformFor({ from, until }: Extent, widthPx: number): ZoomTransform {
  const k = Math.min(ZOOM_RANGE[1], Math.max(ZOOM_RANGE[0], widthPx / ((until - from) * BASE_PX_PER_MS)));
  return zoomIdentity.translate(-BASE(from) * k, 0).scale(k);
}

/** The stretch that is shown at first: a little of what was, and the weeks to come. */
export const firstView = (now: number): Extent => ({ from: now - 4 * DAY, until: now + 38 * DAY });
