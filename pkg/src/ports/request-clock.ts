import type { ClockReading } from "./transport.js";

/** How long after the answer the browser's own measurement may come. */
const PATIENCE_MS = 10_000;

/** Between which readings of the device's clocks a request went out and its answer came in. */
export interface RequestStamps {
  readonly sent: ClockReading;
  readonly received: ClockReading;
}

/**
 * Measures one request: at once by when it was made and answered, which a busy page notices late, and then, where the
 * browser tells it, by when it really went out and came in.
 */
export class RequestClock {
  readonly #url: string;
  readonly #sent = reading();
  #received: ClockReading | null = null;

  /** To be made when the request is about to go out; `url` as it is asked for. */
  constructor(url: string) {
    this.#url = url;
  }

  /** The head of the answer is there. */
  answered(): void {
    this.#received = reading();
  }

  /** Calls `measured` at once, and again when it is known better. */
  measure(measured: (stamps: RequestStamps) => void): void {
    const sent = this.#sent;
    const received = this.#received ?? reading();
    measured({ sent, received });
    whenTimed(absolute(this.#url), sent.monotonic, ({ requestStart, responseStart }) => {
      measured({ sent: at(sent, requestStart), received: at(received, responseStart) });
    });
  }
}

/** Calls `timed` with the browser's measurement of the first request to `url` since then, if there will be one. */
function whenTimed(url: string, since: number, timed: (timing: PerformanceResourceTiming) => void): void {
  if (typeof PerformanceObserver !== "function" || !PerformanceObserver.supportedEntryTypes?.includes("resource")) {
    return;
  }
  const observer = new PerformanceObserver((list) => {
    const entries = list.getEntriesByName(url) as PerformanceResourceTiming[];
    const entry = entries.find(({ startTime }) => startTime >= since - 1);
    if (entry !== undefined) {
      end();
      // A back end on another origin that does not allow its timing to be seen leaves them at 0.
      if (entry.requestStart > 0 && entry.responseStart >= entry.requestStart) {
        timed(entry);
      }
    }
  });
  const timer = setTimeout(() => end(), PATIENCE_MS);
  const end = (): void => {
    clearTimeout(timer);
    observer.disconnect();
  };
  observer.observe({ type: "resource", buffered: true });
}

function reading(): ClockReading {
  return { wall: Date.now(), monotonic: performance.now() };
}

/** The reading at another instant nearby, between which nobody set the clock. */
function at({ wall, monotonic }: ClockReading, instant: number): ClockReading {
  return { wall: wall + instant - monotonic, monotonic: instant };
}

function absolute(url: string): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location;
  return new URL(url, page?.href).href;
}
