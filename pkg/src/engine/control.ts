import type { ServerNews } from "../ports/transport.js";
import type { Conflicts, DeadLetter, Decision, Simulation } from "../types/deliveries.js";
import type { Explanation } from "../types/explanation.js";
import type { RecurrencePreview } from "../types/recurrence.js";
import type { PlannedPoll } from "../types/sync-preview.js";
import type { Core, CoreHandle } from "./core-handle.js";
import { explanation, frozen, type PhaseTable, simulation } from "./decode.js";

import type { ServerTime } from "./server-time.js";

/** What the core has made of an answer: the position is its number. */
const FOLLOW_UPS = ["settled", "retrying", "dead_lettered", "withdrawn", "not_found"] as const;
/** What follows from an answer to a delivery. */
export type FollowUp = (typeof FOLLOW_UPS)[number];

/** What is said to the core about deliveries and standing orders, and what people ask it. */
export class Control {
  readonly #handle: CoreHandle;
  readonly #phases: PhaseTable;
  readonly #changed: () => void;
  /** Standing orders, for a core that takes the place of one that has failed. */
  #handled = 0;
  #pauseReason: string | null = null;
  #acting = true;
  /** What was kept last, or taken over. */
  #lastState: Uint8Array | null = null;

  constructor(handle: CoreHandle, phases: PhaseTable, changed: () => void) {
    this.#handle = handle;
    this.#phases = phases;
    this.#changed = changed;
  }

  /**
   * Gives a new core the standing orders, and what is known of the one before. Without that the pause begins anew: since
   * when there was one is lost.
   */
  reissue({ raw, scratch }: Core): void {
    raw.set_acting(this.#acting);
    raw.set_handled(this.#handled);
    if (this.#lastState !== null) {
      raw.adopt(this.#lastState);
    }
    if (this.#pauseReason !== null) {
      raw.pause(scratch.writeText(this.#pauseReason));
    }
  }

  /** Bit `n` of `kinds` for the kind of number `n`. */
  setHandled(kinds: number): void {
    this.#order(({ raw }) => raw.set_handled(kinds));
    this.#handled = kinds;
  }

  /** Whether deliveries are handed out here. */
  setActing(acting: boolean): void {
    this.#acting = acting;
    this.#order(({ raw }) => raw.set_acting(acting));
  }

  /** What has fired and what became of it, as bytes. */
  state(): Uint8Array {
    const state = this.#handle.call(({ raw }) => raw.state());
    this.#lastState = state;
    return state;
  }

  /** Takes over what another scheduler of the same events knows. A `SnapshotError` where it cannot be read. */
  adopt(state: Uint8Array): void {
    this.#order(({ raw }) => raw.adopt(state));
    this.#lastState = state;
  }

  acknowledge(triggerId: string): FollowUp {
    return this.#answer(({ raw, scratch }) => raw.acknowledge(scratch.writeText(triggerId)));
  }

  fail(triggerId: string, attempt: number, reason: string): FollowUp {
    return this.#answer(({ raw, scratch }) =>
      raw.fail(scratch.writeText(`${triggerId}\n${reason}`), attempt, Math.random()),
    );
  }

  retry(triggerId: string): FollowUp {
    return this.#answer(({ raw, scratch }) => raw.retry(scratch.writeText(triggerId)));
  }

  pause(reason: string): void {
    this.#order(({ raw, scratch }) => raw.pause(scratch.writeText(reason)));
    this.#pauseReason = reason;
  }

  resume(from: "watermark" | "now"): void {
    this.#pauseReason = null;
    this.#order(({ raw }) => raw.resume(from === "now"));
  }

  backfill(from: number, until: number, again: boolean): number {
    return this.#order(({ raw }) => raw.backfill(from, until, again));
  }

  synced(): void {
    this.#handle.call(({ raw }) => raw.synced());
  }

  /** Takes what an answer says of the back end's clock: what is due by it fires. */
  learnTime(time: ServerTime, news: ServerNews): void {
    this.#handle.call(({ raw }) => {
      const before = time.now();
      time.learn(news, raw);
      if (this.#handle.running && time.now() !== before) {
        raw.tick();
      }
    });
    this.#changed();
  }

  /** Milliseconds to wait after so many failures in a row. */
  retryDelayMs(failures: number): number {
    return this.#handle.call(({ raw }) => raw.retry_delay_ms(failures, Math.random()));
  }

  /** When a back end without a stream is asked next after `from`. */
  nextPoll(from: number, phase: number): number {
    return this.#handle.call(({ raw }) => raw.next_poll(from, phase));
  }

  /** `boundMs` is how far off the time may be. */
  explain(id: string, boundMs: number): Explanation {
    const raw = this.#handle.call(({ raw, scratch }) => raw.explain(scratch.writeText(id), boundMs));
    return explanation(raw, this.#phases);
  }

  /** `events` are JSON texts, each ended by NUL. */
  simulate(until: number, events: string): Simulation {
    const raw = this.#handle.call(({ raw, scratch }) => raw.simulate(scratch.writeText(events), until));
    return simulation(raw, this.#phases);
  }

  polls(from: number, phase: number, limit: number): readonly PlannedPoll[] {
    return frozen(this.#handle.call(({ raw }) => raw.preview_sync(from, phase, limit)));
  }

  /** `texts` are the recurrence, its beginning and its zone. */
  recurrence(texts: readonly string[], after: number, limit: number): RecurrencePreview {
    // What ends a text cannot be in one.
    const written = texts.map((text) => `${text.replaceAll("\0", "\ufffd")}\0`).join("");
    return frozen(
      this.#handle.call(({ raw, scratch }) => raw.preview_recurrence(scratch.writeText(written), after, limit)),
    );
  }

  /** `venues` are, of the events whose definitions are kept in JavaScript, id and venue, each ended by NUL. */
  conflicts(limit: number, venues: string): Conflicts {
    return frozen(this.#handle.call(({ raw, scratch }) => raw.conflicts(scratch.writeText(venues), limit)));
  }

  deadLetters(): readonly DeadLetter[] {
    return frozen(this.#handle.call(({ raw }) => raw.dead_letters()));
  }

  /** Of all events where `eventId` is empty. */
  history(limit: number, eventId: string): readonly Decision[] {
    return frozen(this.#handle.call(({ raw, scratch }) => raw.history(scratch.writeText(eventId), limit)));
  }

  #answer(use: (core: Core) => number): FollowUp {
    return FOLLOW_UPS[this.#order(use)] as FollowUp;
  }

  /** Gives an order and passes on what it has brought about. */
  #order<T>(use: (core: Core) => T): T {
    const result = this.#handle.call((core) => {
      const given = use(core);
      core.raw.flush();
      return given;
    });
    this.#changed();
    return result;
  }
}
