import type { ClientEventScheduler } from "../scheduler.js";
import type { Decision } from "../types/deliveries.js";
import type { Unsubscribe } from "../types/scheduler-types.js";

/** Colours that the performance panel knows. */
type Colour = "primary" | "secondary-light" | "tertiary" | "error";

/** What the performance panel reads of an entry. */
interface TrackEntry {
  readonly dataType: "track-entry";
  readonly track: string;
  readonly color: Colour;
  readonly tooltipText: string;
  readonly properties: readonly (readonly [string, string])[];
}

type HandedOut = Decision & { readonly type: "handed_out" };
type Answered = Decision & ({ readonly type: "settled" } | { readonly type: "failed" });

const TRACK = "Event scheduler";
/** Decisions looked at in one go; what happened before them, in a burst, is left out. */
const MOST_DECISIONS = 500;
/** Deliveries whose answer is awaited. */
const MOST_OPEN = 1000;
/** The browser keeps measures until somebody clears them; what a recording needs it has by then. */
const MOST_KEPT = 1000;
/** Shorter entries cannot be seen. */
const TICK_LENGTH_MS = 1;

/**
 * Writes what one scheduler does into the browser's performance timeline. It reads the record of decisions and the
 * watermark, which every tick moves, and so takes no part in what it shows.
 */
export class Timeline {
  readonly #scheduler: ClientEventScheduler;
  readonly #track: string;
  readonly #unsubscribe: Unsubscribe;
  readonly #open = new Map<string, HandedOut>();
  readonly #names = new Set<string>();
  #kept = 0;
  #watermark: number | null;
  #lastDecision: number;

  constructor(scheduler: ClientEventScheduler) {
    this.#scheduler = scheduler;
    this.#track = scheduler.name === "default" ? TRACK : `${TRACK} (${scheduler.name})`;
    this.#watermark = scheduler.status().watermark;
    this.#lastDecision = scheduler.history({ limit: 1 })[0]?.number ?? 0;
    this.#unsubscribe = scheduler.subscribe(() => this.sample());
  }

  /** Shows what has happened since the last time. */
  sample(): void {
    if (this.#scheduler.disposed) {
      return;
    }
    const offset = performance.now() - this.#scheduler.now();
    this.#showTick(offset);
    for (const decision of this.#newDecisions()) {
      if (decision.type === "handed_out") {
        this.#remember(decision);
      } else if (decision.type === "settled" || decision.type === "failed") {
        this.#showDelivery(decision, offset);
      }
    }
  }

  end(): void {
    this.#unsubscribe();
    this.#forgetMeasures();
  }

  #showTick(offset: number): void {
    const { watermark, triggersQueued, deliveriesWaiting, nextTrigger } = this.#scheduler.status();
    if (watermark === null || watermark === this.#watermark) {
      return;
    }
    this.#watermark = watermark;
    const next = nextTrigger === null ? "none" : `${nextTrigger.triggerId}`;
    this.#measure("tick", watermark + offset, watermark + offset + TICK_LENGTH_MS, {
      color: "secondary-light",
      tooltipText: `Tick: everything due by ${instant(watermark)} has fired`,
      properties: [
        ["Triggers queued", `${triggersQueued}`],
        ["Deliveries waiting", `${deliveriesWaiting}`],
        ["Next trigger", next],
      ],
    });
  }

  /** Oldest first. A core that was built anew counts from 1 again. */
  #newDecisions(): readonly Decision[] {
    const latest = this.#scheduler.history({ limit: 1 })[0]?.number ?? 0;
    const since = latest < this.#lastDecision ? 0 : this.#lastDecision;
    this.#lastDecision = latest;
    const count = Math.min(latest - since, MOST_DECISIONS);
    return count === 0 ? [] : [...this.#scheduler.history({ limit: count })].reverse();
  }

  #remember(decision: HandedOut): void {
    if (this.#open.size >= MOST_OPEN) {
      this.#open.clear();
    }
    this.#open.set(decision.triggerId, decision);
  }

  #showDelivery(answer: Answered, offset: number): void {
    const start = this.#open.get(answer.triggerId);
    if (start === undefined) {
      return;
    }
    this.#open.delete(answer.triggerId);
    const lateness = ((start.at - start.dueAt) / 1000).toFixed(1);
    const outcome = answer.type === "failed" ? `failed: ${answer.reason}` : answer.fate;
    const name = `${start.kind} ${start.eventId}`;
    this.#measure(name, start.at + offset, Math.max(answer.at, start.at + TICK_LENGTH_MS) + offset, {
      color: colourOf(start, answer),
      tooltipText: `${name}: ${outcome}`,
      properties: [
        ["Trigger", start.triggerId],
        ["Due", instant(start.dueAt)],
        ["Lateness", `${lateness} s`],
        ["Cause", start.cause],
        ["Attempt", `${start.attempt}`],
        ["Outcome", outcome],
      ],
    });
  }

  #measure(name: string, start: number, end: number, entry: Omit<TrackEntry, "dataType" | "track">): void {
    const devtools: TrackEntry = { dataType: "track-entry", track: this.#track, ...entry };
    // What happened before the page was opened, by the server's clock, has no place on its timeline.
    const from = Math.max(0, start);
    if (this.#kept >= MOST_KEPT) {
      this.#forgetMeasures();
    }
    performance.measure(name, { start: from, end: Math.max(from, end), detail: { devtools } });
    this.#kept += 1;
    this.#names.add(name);
  }

  #forgetMeasures(): void {
    for (const name of this.#names) {
      performance.clearMeasures(name);
    }
    this.#names.clear();
    this.#kept = 0;
  }
}

function colourOf({ cause }: HandedOut, answer: Answered): Colour {
  if (answer.type === "failed" || answer.fate === "dead_letter") {
    return "error";
  }
  return cause === "on_time" ? "primary" : "tertiary";
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
