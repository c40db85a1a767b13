/** Calls a page at regular intervals, also while it is hidden. */
export interface WakeSource {
  /** Begins to call `onTick` about once a second, and `onWake` when that was asked for. */
  start(onTick: () => void, onWake: () => void): void;
  /** Calls `onWake` after so many milliseconds; takes the place of a call that was asked for before. */
  wakeIn(ms: number): void;
  stop(): void;
  /** `worker`: exact, hidden or not. `page`: the page's own timers, which the browser slows down while it is hidden. */
  readonly source: "worker" | "page";
}

const TICK_MS = 1000;
const TICK = 1;
const WAKE = 0;
const PROGRAM = `let t;onmessage=e=>{clearTimeout(t);t=setTimeout(postMessage,e.data,${WAKE})};setInterval(postMessage,${TICK_MS},${TICK})`;

/**
 * A small worker, whose timers browsers do not slow down. Where the content security policy forbids it (it needs
 * `worker-src blob:`), or where there are no workers, the page's own timers.
 */
export function workerWakeSource(): WakeSource {
  return new WorkerWakeSource();
}

class WorkerWakeSource implements WakeSource {
  #worker: Worker | null = null;
  #interval: ReturnType<typeof setInterval> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onTick: () => void = () => undefined;
  #onWake: () => void = () => undefined;

  get source(): "worker" | "page" {
    return this.#worker === null ? "page" : "worker";
  }

  start(onTick: () => void, onWake: () => void): void {
    this.#onTick = onTick;
    this.#onWake = onWake;
    this.#worker ??= makeWorker();
    if (this.#worker === null) {
      this.#fallBack();
      return;
    }
    this.#worker.onmessage = ({ data }: MessageEvent<number>) => (data === TICK ? onTick() : onWake());
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#worker?.terminate();
      this.#worker = null;
      this.#fallBack();
    };
  }

  wakeIn(ms: number): void {
    if (this.#worker !== null) {
      this.#worker.postMessage(ms);
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onWake, ms);
  }

  stop(): void {
    this.#worker?.terminate();
    this.#worker = null;
    clearInterval(this.#interval);
    clearTimeout(this.#timer);
  }

  #fallBack(): void {
    clearInterval(this.#interval);
    this.#interval = setInterval(this.#onTick, TICK_MS);
  }
}

function makeWorker(): Worker | null {
  if (typeof Worker !== "function" || typeof URL.createObjectURL !== "function") {
    return null;
  }
  const url = URL.createObjectURL(new Blob([PROGRAM], { type: "text/javascript" }));
  try {
    return new Worker(url);
  } catch {
    return null;
  } finally {
    // The worker has its program by now, or never will.
    URL.revokeObjectURL(url);
  }
}
