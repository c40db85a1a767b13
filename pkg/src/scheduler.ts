import {
  checkBoolean,
  checkEventId,
  checkHandler,
  checkHours,
  checkId,
  checkInstant,
  checkLimit,
  checkObject,
  checkOneOf,
  checkText,
} from "./arguments.js";
import type { FollowUp } from "./engine/control.js";
import { eventTexts } from "./event-text.js";
import type { LoadSource } from "./load/load-source.js";
import { joinPage, leavePage } from "./page/registry.js";
import { SchedulerRuntime } from "./runtime.js";
import type {
  BackfillRange,
  Conflicts,
  DeadLetter,
  Decision,
  Simulation,
  SimulationOptions,
  TriggerHandler,
} from "./types/deliveries.js";
import type { EventFields, EventInput, EventSnapshot, EventStatus } from "./types/events.js";
import type { Explanation } from "./types/explanation.js";
import type { RecurrenceDefinition, RecurrencePreview, RecurrencePreviewOptions } from "./types/recurrence.js";
import type {
  LoadReport,
  MutationResult,
  SchedulerHealth,
  SchedulerOptions,
  SchedulerStatus,
  Unsubscribe,
} from "./types/scheduler-types.js";
import type { SyncPreview } from "./types/sync-preview.js";
import type { EventStatusChange, QueuedTrigger, TriggerKind } from "./types/triggers.js";
import { loadWasm } from "./wasm/loader.js";

/**
 * Makes a scheduler, and reads what an earlier visit has kept. It does not run yet: call `start()` when the handlers are
 * registered.
 */
export async function createScheduler(options: SchedulerOptions = {}): Promise<ClientEventScheduler> {
  await loadWasm();
  const scheduler = new ClientEventScheduler(options);
  await scheduler.restored;
  return scheduler;
}

const PREVIEW_LENGTH = 10;
const DEFAULT_LIMIT = 100;

/**
 * Holds events and fires their triggers at the right instant.
 *
 * Objects that are passed in are kept, not copied: do not change one afterwards, pass a new one to `updateEvent`.
 */
export class ClientEventScheduler {
  readonly #runtime: SchedulerRuntime;

  /**
   * Makes a scheduler at once. Where the browser refuses to compile WebAssembly synchronously, this throws a
   * `WasmLoadError` with code `WASM_SYNC_REFUSED`; `createScheduler` works everywhere.
   */
  constructor(options: SchedulerOptions = {}) {
    this.#runtime = new SchedulerRuntime(options);
    joinPage(this, this.#runtime.logger, this.#runtime.session.shared);
  }

  /** The name from the options. */
  get name(): string {
    return this.#runtime.name;
  }

  /** Resolves when what an earlier visit has kept is there. Never rejects: `health()` says whether it could be read. */
  get restored(): Promise<void> {
    return this.#runtime.restored;
  }

  // ---- events

  /**
   * Makes these events the whole set: others are removed, invalid ones are quarantined and reported. Bytes are the JSON
   * of an array of events, or of an object that has one under `events`. When it fails, nothing has changed.
   */
  initialize(source: readonly EventInput[] | LoadSource): Promise<LoadReport> {
    return this.#runtime.initialize(source);
  }

  /** Adds an event, or replaces the one that has its id. An event can also be given as its JSON. */
  addEvent<E extends EventInput>(event: E | string): MutationResult {
    return this.#runtime.edits.add(event);
  }

  /** Replaces the event that has this id, or adds it. `event` is the whole definition; it need not repeat the id. */
  updateEvent<E extends EventFields>(eventId: string, event: E | string): MutationResult {
    return this.#runtime.edits.update(eventId, event);
  }

  /** Removes an event and its triggers. */
  removeEvent(eventId: string): MutationResult {
    return this.#runtime.edits.remove(eventId);
  }

  /** Approves an event, which adds its triggers at once. `event` replaces the definition first, where it is given. */
  approveEvent<E extends EventFields>(eventId: string, event?: E | null): MutationResult {
    return this.#runtime.edits.decide(eventId, "approved", event);
  }

  /** Declines an event, which removes its triggers at once. `event` replaces the definition first, where it is given. */
  declineEvent<E extends EventFields>(eventId: string, event?: E | null): MutationResult {
    return this.#runtime.edits.decide(eventId, "declined", event);
  }

  /** The event with its computed status; `undefined` for one that is not tracked. */
  getEvent(eventId: string): EventSnapshot | undefined {
    checkEventId(eventId);
    return this.#runtime.engine.event(eventId);
  }

  /** Every tracked event with its computed status; the same array until one of them changes. */
  getAllEvents(): readonly EventSnapshot[] {
    return this.#runtime.engine.allEvents();
  }

  /** Where an event stands; `undefined` for one that is not tracked. */
  getEventStatus(eventId: string): EventStatus | undefined {
    checkEventId(eventId);
    return this.#runtime.engine.eventStatus(eventId);
  }

  // ---- listening

  /** Calls `handler` whenever the status of an event, or of this event, changes. */
  onStatusChange(handler: (change: EventStatusChange) => void): Unsubscribe;
  onStatusChange(eventId: string, handler: (change: EventStatusChange) => void): Unsubscribe;
  onStatusChange(
    first: string | ((change: EventStatusChange) => void),
    second?: (change: EventStatusChange) => void,
  ): Unsubscribe {
    return this.#runtime.statusListeners.add(first, second);
  }

  /**
   * Calls `handler` when a trigger fires, of every kind or of these: for side effects. Register before `start()`, which
   * delivers what was missed.
   *
   * A delivery is settled when all handlers of its kind have returned or fulfilled. If one throws or rejects, or takes
   * longer than `retry.answerTimeoutMs`, all of them are called again, later and later, `retry.maxAttempts` times at most;
   * then it is a dead letter. No other trigger waits for that.
   *
   * One tab of the browser profile runs the handlers of an occurrence, so register the same ones in every tab. When that
   * tab crashes or is frozen between an effect and its settlement, another one repeats the delivery as the next attempt:
   * pass `delivery.triggerId` on as the idempotency key.
   */
  onTrigger(handler: TriggerHandler): Unsubscribe;
  onTrigger(kinds: TriggerKind | readonly TriggerKind[], handler: TriggerHandler): Unsubscribe;
  onTrigger(first: TriggerKind | readonly TriggerKind[] | TriggerHandler, second?: TriggerHandler): Unsubscribe {
    return this.#runtime.triggerHandlers.add(first, second);
  }

  /** Calls `handler` after anything has changed: an event, a status, the queue, the health. Several changes, one call. */
  subscribe(handler: () => void): Unsubscribe {
    checkHandler(handler);
    return this.#runtime.subscribers.add(handler);
  }

  /** Increases with every change, so that what was computed from the scheduler can be kept until then. */
  get version(): number {
    return this.#runtime.version;
  }

  // ---- life

  /**
   * Starts firing; catches up at once, or as soon as what was kept is there. With a transport, begins to synchronise.
   * Register handlers before: what was missed is delivered now.
   */
  start(): void {
    this.#runtime.start();
  }

  /** Stops firing and synchronising, and lets another tab run the handlers. The events stay. */
  stop(): void {
    this.#runtime.stop();
  }

  /** Stops for good and gives the memory back. Every later call throws an `ApiMisuseError` with code `DISPOSED`. */
  dispose(): void {
    this.#runtime.dispose();
    leavePage(this);
  }

  get disposed(): boolean {
    return this.#runtime.engine.disposed;
  }

  /** Fires what is due now. Harmless at any time; for hosts that know that time has passed. */
  tick(): void {
    this.#runtime.tick();
  }

  /**
   * When the scheduler wants to be called next, in epoch milliseconds: at the latest a tick from the last one; `null`
   * before the first. Its own timers see to that; it is for hosts that have none, as tests.
   */
  nextDeadline(): number | null {
    const deadline = this.#runtime.engine.nextDeadline();
    return Number.isNaN(deadline) ? null : deadline;
  }

  /** The time that the scheduler goes by, in epoch milliseconds. */
  now(): number {
    return this.#runtime.engine.now();
  }

  /** Sets how old, in hours, a missed trigger may be and still be delivered. */
  setMaxDowntimeHours(hours: number): void {
    checkHours(hours);
    this.#runtime.engine.setMaxDowntimeHours(hours);
  }

  /** Fires nothing until `resume()`; states stand still too. `reason` is for people, up to 256 bytes. */
  pause(reason: string): void {
    checkText("reason", reason);
    this.#runtime.order({ type: "pause", reason });
  }

  /**
   * Ends the pause: `watermark` (default) delivers what came due meanwhile as after a gap of that length, `now` leaves it
   * out, and only the states follow. Without a pause it does nothing.
   */
  resume(options: { readonly from?: "watermark" | "now" | undefined } = {}): void {
    checkObject("options", options);
    const { from = "watermark" } = options;
    checkOneOf("from", from, ["watermark", "now"]);
    this.#runtime.order({ type: "resume", from });
  }

  /**
   * Delivers what was due in a stretch of the past and was not delivered, as far as is remembered; with `again` what was,
   * too. Answers how many deliveries that makes; at most 100 000 at once.
   */
  backfill(range: BackfillRange): number {
    checkObject("range", range);
    const { from, until, again = false } = range;
    checkBoolean("again", again);
    return this.#runtime.order({
      type: "backfill",
      from: checkInstant("from", from),
      until: checkInstant("until", until),
      again,
    });
  }

  /** Delivers a dead letter after all, or at once what waits for another attempt; false where there is no such delivery. */
  retry(triggerId: string): boolean {
    checkId("trigger_id", triggerId);
    return this.#runtime.order<FollowUp>({ type: "retry", triggerId }) !== "not_found";
  }

  // ---- what is going on

  /** What the scheduler is doing. */
  status(): SchedulerStatus {
    const { eventsQuarantined, fired, nextTrigger, ...status } = this.#runtime.engine.status();
    const queuePreview = this.#runtime.engine.queue(PREVIEW_LENGTH);
    return Object.freeze({
      ...status,
      running: this.#runtime.started,
      eventsQuarantined,
      triggersFired: fired,
      nextTrigger: queuePreview[0] ?? null,
      queuePreview,
      missed: Object.freeze(status.missed),
      paused: status.paused === null ? null : Object.freeze(status.paused),
    });
  }

  /** How the scheduler is, with a sentence for everything that a person should know. */
  health(): SchedulerHealth {
    return this.#runtime.health();
  }

  /** The coming triggers in the order in which they will fire: `limit` of them (default 100), of one event or of all. */
  queue(options: { readonly limit?: number; readonly eventId?: string } = {}): readonly QueuedTrigger[] {
    const { limit = DEFAULT_LIMIT, eventId } = options;
    checkLimit(limit);
    if (eventId === undefined) {
      return this.#runtime.engine.queue(limit);
    }
    checkEventId(eventId);
    return this.#runtime.engine.eventTriggers(eventId).slice(0, limit);
  }

  /** The next trigger that will fire. */
  nextTrigger(): QueuedTrigger | null {
    return this.#runtime.engine.nextTrigger();
  }

  // What the next four need is loaded with the first of them; they answer for the moment at which it is there.

  /** Why an event, or one of its triggers, fired, has not fired yet, or never will; asked by the id of either. */
  async explain(triggerOrEventId: string): Promise<Explanation> {
    checkId("id", triggerOrEventId);
    await this.#runtime.later("insight");
    const { engine } = this.#runtime;
    return engine.control.explain(triggerOrEventId, engine.serverTime.health().boundMs ?? 0);
  }

  /** What would fire until then if nothing changed but `events`, added now or in the place of others. Changes nothing. */
  async simulate(options: SimulationOptions): Promise<Simulation> {
    checkObject("options", options);
    const until = checkInstant("until", options.until);
    const texts = eventTexts(options.events ?? []);
    await this.#runtime.later("insight");
    return this.#runtime.engine.control.simulate(until, texts);
  }

  /**
   * What a recurrence means and when it occurs next, by the rules that the server goes by: RFC 5545 as text or as an object,
   * or a cron expression.
   */
  async previewRecurrence(
    recurrence: string | RecurrenceDefinition,
    options: RecurrencePreviewOptions = {},
  ): Promise<RecurrencePreview> {
    checkObject("options", options);
    const { after = this.now(), limit = PREVIEW_LENGTH, start = "", timeZone = "" } = options;
    const from = checkInstant("after", after);
    checkLimit(limit);
    const text = typeof recurrence === "object" ? JSON.stringify(recurrence) : recurrence;
    checkText("recurrence", text);
    checkText("start", start);
    checkText("timezone", timeZone);
    await this.#runtime.later("recurrence");
    return this.#runtime.engine.control.recurrence([text, start, timeZone], from, limit);
  }

  /** Pairs of events that overlap at one `venue`, the first `limit` (default 100). Drafts, declined and cancelled ones do not count. */
  async detectConflicts({ limit = DEFAULT_LIMIT }: { readonly limit?: number } = {}): Promise<Conflicts> {
    checkLimit(limit);
    await this.#runtime.later("insight");
    return this.#runtime.engine.conflicts(limit);
  }

  /**
   * When the back end will be asked where it has no stream, or its stream keeps failing: the coming `limit` requests (default 10).
   * The `polling` of the options is the table that they follow.
   */
  async previewSync({ limit = PREVIEW_LENGTH }: { readonly limit?: number } = {}): Promise<SyncPreview> {
    checkLimit(limit);
    await this.#runtime.later("insight");
    return this.#runtime.previewSync(limit);
  }

  /** Deliveries whose handlers have failed at every attempt: the newest 1 000, oldest first. */
  deadLetters(): readonly DeadLetter[] {
    return this.#runtime.engine.control.deadLetters();
  }

  /** What was decided lately, newest first: `limit` decisions (default 100; 10 000 are kept), about one event or all. */
  history(options: { readonly limit?: number; readonly eventId?: string } = {}): readonly Decision[] {
    checkObject("options", options);
    const { limit = DEFAULT_LIMIT, eventId } = options;
    checkLimit(limit);
    if (eventId !== undefined) {
      checkEventId(eventId);
    }
    return this.#runtime.engine.control.history(limit, eventId ?? "");
  }
}
