import { select } from "d3-selection";
import { type D3ZoomEvent, type ZoomBehavior, type ZoomTransform, zoom, zoomTransform } from "d3-zoom";
import { type RefObject, useEffect, useRef, useState } from "react";
import type { Extent } from "./items";
import { basePx, transformFor, ZOOM_RANGE } from "./view";

/** What a timeline can be asked to show. */
export interface Camera {
  readonly show: (view: Extent) => void;
  readonly zoomBy: (times: number) => void;
  /** By shares of the width; negative goes back in time. */
  readonly panBy: (share: number) => void;
}

type Zooming = ZoomBehavior<HTMLElement, unknown>;

interface Surface {
  /** What is dragged. */
  readonly surface: RefObject<HTMLElement | null>;
  /** What scrolls up and down when it is dragged so. */
  readonly scroller: RefObject<HTMLElement | null>;
  /** 0 while it is not known. */
  readonly widthPx: number;
  /** No gesture leads beyond. */
  readonly bounds: Extent;
  /** What is shown at first. */
  readonly initial: Extent;
}

/**
 * Lets a person drag, pinch and wheel through time. The wheel moves through time when it turns sideways and zooms together with
 * Ctrl, as it does in a page; turned alone it scrolls.
 */
export function useGestures({ surface, scroller, widthPx, bounds, initial }: Surface): {
  readonly transform: ZoomTransform | null;
  readonly camera: Camera;
} {
  const [transform, setTransform] = useState<ZoomTransform | null>(null);
  const [zooming] = useState<Zooming>(makeZooming);
  const first = useRef(initial);
  const width = useRef(widthPx);
  width.current = widthPx;
  const measured = widthPx > 0;

  useEffect(() => {
    const element = surface.current;
    if (!element || !measured) return;
    const selection = select(element);
    const stop = draw(zooming, element, scroller, setTransform);
    selection.call(zooming).on("dblclick.zoom", null);
    selection.call(zooming.transform, transformFor(first.current, width.current));
    const wheel = (event: WheelEvent) => moveSideways(event, (by) => selection.call(zooming.translateBy, by, 0));
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      stop();
      element.removeEventListener("wheel", wheel);
      selection.on(".zoom", null);
    };
  }, [zooming, surface, scroller, measured]);

  useEffect(() => {
    zooming.extent([
      [0, 0],
      [widthPx, 1],
    ]);
    zooming.translateExtent([
      [basePx(bounds.from), Number.NEGATIVE_INFINITY],
      [basePx(bounds.until), Number.POSITIVE_INFINITY],
    ]);
  }, [zooming, widthPx, bounds.from, bounds.until]);

  const [camera] = useState<Camera>(() => ({
    show: (view) => surface.current && zooming.transform(select(surface.current), transformFor(view, width.current)),
    zoomBy: (times) => surface.current && zooming.scaleBy(select(surface.current), times),
    panBy: (share) => {
      const element = surface.current;
      if (element) zooming.translateBy(select(element), (-share * width.current) / zoomTransform(element).k, 0);
    },
  }));
  return { transform, camera };
}

const makeZooming = (): Zooming =>
  zoom<HTMLElement, unknown>()
    .scaleExtent(ZOOM_RANGE)
    .filter((event: MouseEvent | WheelEvent) => (event.type === "wheel" ? withControl(event) : !event.button));

const withControl = (event: MouseEvent): boolean => event.ctrlKey || event.metaKey;

/** Hands the transform on once a frame, and what was dragged up or down to the scroller. */
function draw(
  zooming: Zooming,
  element: HTMLElement,
  scroller: RefObject<HTMLElement | null>,
  show: (transform: ZoomTransform) => void,
): () => void {
  let frame = 0;
  let latest = zoomTransform(element);
  zooming
    .on("start", () => element.setAttribute("data-moving", ""))
    .on("end", () => element.removeAttribute("data-moving"))
    .on("zoom", ({ transform }: D3ZoomEvent<HTMLElement, unknown>) => {
      if (scroller.current && transform.k === latest.k) scroller.current.scrollTop -= transform.y - latest.y;
      latest = transform;
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        show(latest);
      });
    });
  return () => cancelAnimationFrame(frame);
}

function moveSideways(event: WheelEvent, move: (by: number) => void): void {
  const by = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
  if (withControl(event) || (!event.shiftKey && Math.abs(by) <= Math.abs(event.deltaY))) return;
  event.preventDefault();
  const { k } = zoomTransform(event.currentTarget as Element);
  move(-by / k);
}
