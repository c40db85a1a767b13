import type { TriggerDelivery } from "../types/triggers.js";

/** How often the scheduler really gets to run, and how late what fires is. */
export interface TickHealth {
  /** Where regular calls come from: a worker, whose timers are exact, or the page's timers, which browsers slow down while it is hidden. */
  readonly source: "worker" | "page";
  /** The longest of the last 60 gaps between two calls, in milliseconds; `null` before the first. */
  readonly resolutionMs: number | null;
  /** The last gap longer than five seconds — the page was frozen, or the machine slept —, in milliseconds. */
  readonly lastGapMs: number | null;
  /** Lateness of the last 512 triggers that were not missed, in milliseconds. */
  readonly lateness: { readonly count: number; readonly p50: number; readonly p95: number; readonly max: number };
  /** How often the wall clock was set while the page looked on, and by how much the last time, in milliseconds. */
  readonly clockJumps: { readonly count: number; readonly lastMs: number | null };
}

const GAPS = 60;
const LATENESSES = 512;
const LONG_GAP_MS = 5000;
const JUMP_MS = 500;

/** Measures the calls of a wake source. */
export class TickMeter {
  readonly #gaps: number[] = [];
  readonly #latenesses: number[] = [];
  #lastAt: number | null = null;
  #lastWall = 0;
  #lastGapMs: number | null = null;
  #jumps = 0;
  #lastJumpMs: number | null = null;

  /**
   * The page was called: `monotonic` by `performance.now()`, `wall` by the device's clock. Answers whether the wall clock
   * was set meanwhile, or the machine has slept.
   */
  called(monotonic: number, wall: number): boolean {
    const gap = this.#lastAt === null ? 0 : monotonic - this.#lastAt;
    const jump = this.#lastAt === null ? 0 : wall - this.#lastWall - gap;
    if (this.#lastAt !== null) {
      keep(this.#gaps, gap, GAPS);
    }
    this.#lastAt = monotonic;
    this.#lastWall = wall;
    if (gap > LONG_GAP_MS) {
      this.#lastGapMs = gap;
    }
    if (Math.abs(jump) <= JUMP_MS) {
      return false;
    }
    this.#jumps += 1;
    this.#lastJumpMs = Math.round(jump);
    return true;
  }

  /** What was missed tells of a gap, and not of how late the calls are. */
  fired(deliveries: readonly TriggerDelivery[]): void {
    for (const { cause, latenessMs } of deliveries) {
      if (cause === "on_time" || cause === "late") {
        keep(this.#latenesses, latenessMs, LATENESSES);
      }
    }
  }

  health(source: TickHealth["source"]): TickHealth {
    const sorted = [...this.#latenesses].sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return Object.freeze({
      source,
      resolutionMs: this.#gaps.length === 0 ? null : Math.round(Math.max(...this.#gaps)),
      lastGapMs: this.#lastGapMs === null ? null : Math.round(this.#lastGapMs),
      lateness: Object.freeze({ count: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) }),
      clockJumps: Object.freeze({ count: this.#jumps, lastMs: this.#lastJumpMs }),
    });
  }
}

function keep(list: number[], value: number, most: number): void {
  list.push(value);
  if (list.length > most) {
    list.shift();
  }
}
