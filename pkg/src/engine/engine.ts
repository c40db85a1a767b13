import { InternalError, InvalidInputError } from "../errors/errors.js";
import type { KeptNumber } from "../page/kept-number.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { Conflicts } from "../types/deliveries.js";
import type { EventFields, EventSnapshot, EventStatus } from "../types/events.js";
import type { LoadReport, QuarantinedEvent } from "../types/scheduler-types.js";
import type { QueuedTrigger } from "../types/triggers.js";
import { LOADED_FROM, type LoadOrigin, type RawModule, type RawStatus, SOURCE_LOCAL } from "../wasm/raw.js";
import { Control } from "./control.js";
import { type Core, CoreHandle } from "./core-handle.js";
import {
  hasOutputs,
  type Outcome,
  outcomeOf,
  PhaseTable,
  phaseChangeOf,
  quarantinedEvent,
  queuedTrigger,
} from "./decode.js";
import { fieldsJson, fieldsText, hasInnerNul } from "./encode.js";
import { EventStore } from "./event-store.js";
import { Outbox, type OutboxTarget } from "./outbox.js";
import { type Recovered, recover } from "./recover.js";
import { ServerTime } from "./server-time.js";

/** Records of edits that were dispatched already and that the core may hold before they are taken away. */
const MOST_RECORDS_KEPT = 1000;

/** What the engine tells its owner. */
export interface EngineOwner extends OutboxTarget {
  /** Something that a snapshot shows is different now. Must not call handlers. */
  changed(): void;
  /** The core has failed and was built anew; `null` means that this failed too. */
  rebuilt(recovered: Recovered | null): void;
}

/** What an engine needs. */
export interface EngineParts {
  readonly module: RawModule;
  readonly config: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** By how much the device's clock was ahead of the back end's at an earlier visit. */
  readonly deviceAhead?: KeptNumber;
  readonly owner: EngineOwner;
}

/** The core, and what JavaScript keeps beside it: the objects that callers gave, and snapshots that were handed out. */
export class Engine {
  readonly #parts: EngineParts;
  readonly #store = new EventStore();
  readonly #phases: PhaseTable;
  readonly #outbox: Outbox;
  readonly #handle: CoreHandle;
  readonly serverTime: ServerTime;
  /** Deliveries and standing orders. */
  readonly control: Control;
  #clockFailed = false;
  /** What the clock has said last: the time of the mutation that has just been made. */
  #lastNow = 0;
  /** Definitions that were changed while a bulk load is under way; `null` when there is none. */
  #changedDuringLoad: Map<string, EventFields> | null = null;
  #allEvents: readonly EventSnapshot[] | null = null;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.serverTime = new ServerTime(parts.clock, parts.deviceAhead);
    this.#phases = new PhaseTable(parts.module);
    this.#outbox = new Outbox(this.#phases, parts.owner);
    this.#handle = new CoreHandle({
      module: parts.module,
      config: parts.config,
      logger: parts.logger,
      now: () => this.now(),
      manual: parts.clock.manual === true,
      receive: (ids, records) => this.#receive(ids, records),
      dispatch: () => this.#outbox.drain(),
      recover: (failed, fresh) => recover(failed, fresh, this.#store, this.control, this.serverTime),
      rebuilt: (recovered) => {
        this.#outbox.coreReplaced();
        this.#changed();
        parts.owner.rebuilt(recovered);
      },
    });
    this.control = new Control(this.#handle, this.#phases, () => parts.owner.changed());
  }

  // ---- life

  get running(): boolean {
    return this.#handle.running;
  }

  get disposed(): boolean {
    return this.#handle.disposed;
  }

  /** Whether the clock has thrown or answered something that is no number. */
  get clockFailed(): boolean {
    return this.#clockFailed;
  }

  now(): number {
    try {
      const now = this.serverTime.now();
      if (Number.isFinite(now)) {
        this.#lastNow = now;
        return now;
      }
    } catch (thrown) {
      this.#parts.logger.error("the clock failed; the device's clock is used instead", thrown);
    }
    this.#clockFailed = true;
    this.serverTime.forget();
    this.#lastNow = Date.now();
    return this.#lastNow;
  }

  /** Throws where the scheduler is disposed or beyond repair. */
  assertAlive(): void {
    void this.#handle.core;
  }

  start(): void {
    this.#handle.start();
  }

  stop(): void {
    this.#handle.stop();
  }

  tick(): void {
    this.#handle.call(tick);
  }

  setMaxDowntimeHours(hours: number): void {
    this.#handle.call(({ raw }) => raw.set_max_downtime_hours(hours));
  }

  dispose(): void {
    this.#handle.dispose();
    this.serverTime.forget();
    this.#outbox.close();
    this.#store.clear();
    this.#allEvents = null;
  }

  // ---- mutations

  /** Adds or replaces an event that is given as an object, and keeps the object. */
  upsert(eventId: string, event: EventFields, source: number): Outcome {
    const { raw, scratch } = this.#handle.core;
    let packed: number;
    try {
      packed = raw.upsert_fields(scratch.writeFields(eventId, event), source);
    } catch (thrown) {
      packed = this.#upsertAgain(eventId, event, source, thrown);
    }
    const outcome = outcomeOf(packed);
    if (outcome !== "stale") {
      this.#keep(eventId, event);
    }
    return this.#settle(eventId, packed, outcome);
  }

  /** Adds or replaces an event that is given as JSON. The text is kept in WebAssembly until somebody reads the event. */
  upsertText(eventId: string, json: string, source: number): Outcome {
    const { raw, scratch } = this.#handle.core;
    let packed: number;
    try {
      packed = raw.upsert_json(scratch.writeText(json), source);
    } catch (thrown) {
      throw this.#handle.failure(thrown);
    }
    const outcome = outcomeOf(packed);
    if (outcome !== "stale") {
      this.#drop(eventId);
    }
    return this.#settle(eventId, packed, outcome);
  }

  /** Has the core say what is wrong with a text that cannot be read. */
  refuseText(json: string): never {
    this.#handle.call(({ raw, scratch }) => raw.upsert_json(scratch.writeText(json), SOURCE_LOCAL));
    throw new InternalError("the core accepted an event that the package could not read");
  }

  /** `revision` is that of the removal, NaN where it has none. */
  remove(eventId: string, revision: number, source: number): Outcome {
    const { raw, scratch } = this.#handle.core;
    let packed: number;
    try {
      packed = raw.remove(scratch.writeText(eventId), revision, source);
    } catch (thrown) {
      throw this.#handle.failure(thrown);
    }
    const outcome = outcomeOf(packed);
    if (outcome !== "stale") {
      this.#drop(eventId);
    }
    return this.#settle(eventId, packed, outcome);
  }

  /** Opens or closes the approval gate of an event. */
  decide(eventId: string, decision: "approved" | "declined"): Outcome {
    const packed = this.#handle.call(({ raw, scratch }) => {
      const length = scratch.writeText(eventId);
      return decision === "approved" ? raw.approve(length) : raw.decline(length);
    });
    const outcome = outcomeOf(packed);
    const known = outcome === "updated" ? this.definition(eventId) : undefined;
    if (known !== undefined) {
      this.#keep(eventId, { ...known, status: null, event_approval_status: decision });
    }
    return this.#settle(eventId, packed, outcome);
  }

  /** The tagged form cannot carry a NUL inside a text; JSON can, and gives the right problem. */
  #upsertAgain(eventId: string, event: EventFields, source: number, thrown: unknown): number {
    const failure = this.#handle.failure(thrown);
    if (!(failure instanceof InvalidInputError) || !hasInnerNul(fieldsText(eventId, event))) {
      throw failure;
    }
    const json = fieldsJson(eventId, event);
    return this.#handle.call(({ raw, scratch }) => raw.upsert_json(scratch.writeText(json), source));
  }

  #settle(eventId: string, packed: number, outcome: Outcome): Outcome {
    if (outcome !== "stale" && outcome !== "not_found") {
      // Also where the dates are unchanged: fields that the core does not read may differ.
      this.#changed();
    }
    const change = phaseChangeOf(packed);
    if (change !== null) {
      this.#outbox.putEdit(eventId, change.from, change.to, this.#lastNow, hasOutputs(packed));
      this.#outbox.drain();
    }
    if (this.#outbox.recordsToSkip > MOST_RECORDS_KEPT || (change === null && this.#hasNews(packed))) {
      this.#handle.flush();
    }
    return outcome;
  }

  /** Whether the core has put out something else than the edits that were dispatched already. */
  #hasNews(packed: number): boolean {
    return hasOutputs(packed) && this.#outbox.recordsToSkip === 0;
  }

  #keep(eventId: string, event: EventFields): void {
    this.#store.keep(eventId, event);
    this.#changedDuringLoad?.set(eventId, event);
  }

  #drop(eventId: string): void {
    this.#store.drop(eventId);
    this.#changedDuringLoad?.delete(eventId);
  }

  // ---- bulk loads

  loadBegin(expectedBytes: number, origin: LoadOrigin): void {
    this.#handle.call(({ raw }) => raw.load_begin(expectedBytes, LOADED_FROM[origin]));
    this.#changedDuringLoad = new Map();
  }

  /** Takes the next bytes. They are read before this returns: the array may be used again. */
  loadBytes(bytes: Uint8Array): void {
    const { raw } = this.#handle.core;
    try {
      const pointer = raw.load_reserve(bytes.length);
      new Uint8Array(this.#parts.module.memory.buffer, pointer, bytes.length).set(bytes);
      raw.load_commit(bytes.length);
    } catch (thrown) {
      throw this.#handle.failure(thrown);
    }
  }

  /** Makes what was loaded the set of events. `objects` are the definitions, where they were given as objects. */
  loadFinish(objects: readonly EventFields[] | null): LoadReport {
    const report = this.#handle.call(({ raw }) => raw.load_finish());
    this.#keepLoaded(objects);
    this.#changed();
    this.#handle.flush();
    return Object.freeze({ ...report });
  }

  loadAbort(): void {
    this.#changedDuringLoad = null;
    if (!this.#handle.disposed) {
      this.#handle.call(({ raw }) => raw.load_abort());
    }
  }

  /** What was changed while the document was on its way stands, unless the document had a newer revision. */
  #keepLoaded(objects: readonly EventFields[] | null): void {
    const changed = this.#changedDuringLoad ?? new Map<string, EventFields>();
    this.#changedDuringLoad = null;
    this.#store.clear();
    for (const event of objects ?? []) {
      this.#keepNewest(event);
    }
    for (const [eventId, event] of changed) {
      if (this.#json(eventId) === undefined) {
        this.#store.keep(eventId, event);
      }
    }
  }

  /** Where an id occurs twice in a load, the higher revision counts, else the later one: as in the core. */
  #keepNewest(event: EventFields): void {
    const eventId = event?.event_id;
    if (typeof eventId !== "string") {
      return;
    }
    const known = this.#store.definition(eventId)?.revision;
    if (typeof known !== "number" || typeof event.revision !== "number" || event.revision >= known) {
      this.#store.keep(eventId, event);
    }
  }

  // ---- reading

  event(eventId: string): EventSnapshot | undefined {
    const current = this.#store.current(eventId);
    if (current !== undefined) {
      return current;
    }
    const status = this.eventStatus(eventId);
    return status === undefined ? undefined : this.#snapshot(eventId, status);
  }

  /** Every tracked event; the same array until one of them changes. */
  allEvents(): readonly EventSnapshot[] {
    if (this.#allEvents === null) {
      const { ids, phases } = this.#handle.call(({ raw }) => ({ ids: raw.event_ids(), phases: raw.phases() }));
      const events: EventSnapshot[] = [];
      for (const [i, eventId] of (ids === "" ? [] : ids.split("\n")).entries()) {
        const event = this.#snapshot(eventId, this.#phases.status(phases[i] as number));
        if (event !== undefined) {
          events.push(event);
        }
      }
      this.#allEvents = Object.freeze(events);
    }
    return this.#allEvents;
  }

  eventStatus(eventId: string): EventStatus | undefined {
    const { raw, scratch } = this.#handle.core;
    try {
      const phase = raw.phase(scratch.writeText(eventId));
      return phase < 0 ? undefined : this.#phases.status(phase);
    } catch (thrown) {
      throw this.#handle.failure(thrown);
    }
  }

  status(): RawStatus {
    return this.#handle.call(({ raw }) => raw.status());
  }

  queue(limit: number): readonly QueuedTrigger[] {
    return Object.freeze(this.#handle.call(({ raw }) => raw.queue(limit)).map(queuedTrigger));
  }

  eventTriggers(eventId: string): readonly QueuedTrigger[] {
    const triggers = this.#handle.call(({ raw, scratch }) => raw.event_triggers(scratch.writeText(eventId)));
    return Object.freeze(triggers.map(queuedTrigger));
  }

  nextTrigger(): QueuedTrigger | null {
    const next = this.#handle.call(({ raw }) => raw.next_trigger());
    return next === null ? null : queuedTrigger(next);
  }

  quarantined(): readonly QuarantinedEvent[] {
    return Object.freeze(this.#handle.call(({ raw }) => raw.quarantined()).map(quarantinedEvent));
  }

  conflicts(limit: number): Conflicts {
    return this.control.conflicts(limit, this.#store.venues());
  }

  checksum(): string {
    return this.#handle.call(({ raw }) => raw.checksum());
  }

  #snapshot(eventId: string, status: EventStatus): EventSnapshot | undefined {
    return this.#store.current(eventId) ?? this.#store.snapshot(eventId, status, (id) => this.#json(id));
  }

  /** The definition as it came, without the computed status. */
  definition(eventId: string): EventFields | undefined {
    const kept = this.#store.definition(eventId);
    if (kept !== undefined) {
      return kept;
    }
    const json = this.#json(eventId);
    return json === undefined ? undefined : (JSON.parse(json) as EventFields);
  }

  /** Ids of the events that there are texts of: those that cannot be understood come last. */
  eventIds(): readonly string[] {
    const ids = this.#handle.call(({ raw }) => raw.event_ids());
    const wrong = this.quarantined().map(({ eventId }) => eventId);
    return ids === "" ? wrong : [...ids.split("\n"), ...wrong];
  }

  /** The definition as JSON; `null` for one that is not tracked, `undefined` for one that JSON has no form for. */
  eventText(eventId: string): string | null | undefined {
    const kept = this.#store.definition(eventId);
    if (kept === undefined) {
      return this.#json(eventId) ?? null;
    }
    try {
      return JSON.stringify({ ...kept, event_id: eventId });
    } catch (thrown) {
      this.#parts.logger.warn(`the event ${eventId} has no JSON, and is not kept`, thrown);
      return undefined;
    }
  }

  /** When to come back, in epoch milliseconds; NaN before the first tick. */
  nextDeadline(): number {
    return this.#handle.call(({ raw }) => raw.next_deadline());
  }

  #json(eventId: string): string | undefined {
    return this.#handle.call(({ raw, scratch }) => raw.event_json(scratch.writeText(eventId)));
  }

  // ---- outputs

  #receive(ids: readonly string[], records: Float64Array): void {
    if (this.#outbox.put(ids, records)) {
      for (const eventId of ids) {
        this.#store.invalidate(eventId);
      }
      this.#changed();
    }
  }

  #changed(): void {
    this.#allEvents = null;
    this.#parts.owner.changed();
  }
}

const tick = ({ raw }: Core): void => raw.tick();
