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
import { Edits } from "./edits.js";
import { Engine } from "./engine/engine.js";
import { HandlerBudget, Listeners } from "./engine/listeners.js";
import type { Recovered } from "./engine/recover.js";
import { logDeliveries, logUndelivered } from "./event-log.js";
import { eventTexts } from "./event-text.js";
import { bulkLoad } from "./load/bulk-load.js";
import type { LoadSource } from "./load/load-source.js";
import { asOptionsError, checkOptions, rawConfig } from "./options.js";
import { joinPage, leavePage } from "./page/registry.js";
import { watchPage } from "./page/wake.js";
import { systemClock } from "./ports/clock.js";
import { type Logger, loggerFrom } from "./ports/logger.js";
import type { Transport } from "./ports/transport.js";
import { schedulerHealth } from "./scheduler-health.js";
import { StatusListeners } from "./status-listeners.js";
import { SYNC_OFF } from "./sync/sync-health.js";
import { SyncLoop } from "./sync/sync-loop.js";
import { syncTarget } from "./sync/sync-target.js";
import { TriggerHandlers } from "./trigger-handlers.js";
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
import type {
  LoadReport,
  MutationResult,
  SchedulerHealth,
  SchedulerOptions,
  SchedulerStatus,
  Unsubscribe,
} from "./types/scheduler-types.js";
import type { EventStatusChange, QueuedTrigger, TriggerDelivery, TriggerKind } from "./types/triggers.js";
import { loadWasm, loadWasmSync } from "./wasm/loader.js";
import type { RawModule } from "./wasm/raw.js";

/** Makes a scheduler. It does not run yet: call `start()`. */
export async function createScheduler(options: SchedulerOptions = {}): Promise<ClientEventScheduler> {
  await loadWasm();
  return new ClientEventScheduler(options);
}

const PREVIEW_LENGTH = 10;
const DEFAULT_LIMIT = 100;

/**
 * Holds events and fires their triggers at the right instant.
 *
 * Objects that are passed in are kept, not copied: do not change one afterwards, pass a new one to `updateEvent`.
 */
export class ClientEventScheduler {
  /** The name from the options. */
  readonly name: string;
  readonly #module: RawModule;
  readonly #engine: Engine;
  readonly #sync: SyncLoop | null;
  readonly #edits: Edits;
  readonly #logger: Logger;
  readonly #budget = new HandlerBudget();
  readonly #subscribers: Listeners<void>;
  readonly #statusListeners: StatusListeners;
  readonly #triggerHandlers: TriggerHandlers;
  /** Ends when the bulk loads that were asked for are done; one runs at a time. */
  #loads: Promise<unknown> = Promise.resolve();
  #unwatchPage: (() => void) | null = null;
  #version = 0;
  #notificationDue = false;
  #rebuilds = 0;
  #dead = false;
  #eventsLost = false;

  /**
   * Makes a scheduler at once. Where the browser refuses to compile WebAssembly synchronously, this throws a
   * `WasmLoadError` with code `WASM_SYNC_REFUSED`; `createScheduler` works everywhere.
   */
  constructor(options: SchedulerOptions = {}) {
    checkOptions(options);
    this.name = options.name ?? "default";
    this.#logger = loggerFrom(options.logger);
    this.#subscribers = new Listeners(this.#budget, this.#logger);
    this.#statusListeners = new StatusListeners(this.#budget, this.#logger);
    this.#module = loadWasmSync();
    try {
      this.#engine = new Engine({
        module: this.#module,
        config: rawConfig(options),
        clock: options.clock ?? systemClock,
        logger: this.#logger,
        owner: {
          changed: () => this.#changed(),
          statusChanged: (change) => this.#statusListeners.emit(change),
          fired: (deliveries) => this.#fired(deliveries),
          undelivered: (lost) => logUndelivered(this.#logger, lost),
          rebuilt: (recovered) => this.#rebuilt(recovered),
        },
      });
    } catch (thrown) {
      throw asOptionsError(thrown);
    }
    this.#triggerHandlers = new TriggerHandlers(this.#engine, this.#budget, this.#logger);
    this.#sync = options.transport === undefined ? null : this.#syncWith(options.transport);
    this.#edits = new Edits(this.#engine, this.#sync);
    joinPage(this, this.#logger);
  }

  // ---- events

  /**
   * Makes these events the whole set: others are removed, invalid ones are quarantined and reported. Bytes are the JSON
   * of an array of events, or of an object that has one under `events`. When it fails, nothing has changed.
   */
  initialize(source: readonly EventInput[] | LoadSource): Promise<LoadReport> {
    const load = this.#loads.then(() => bulkLoad(this.#engine, source));
    this.#loads = load.catch(() => undefined);
    return load.then((report) => {
      this.#eventsLost = false;
      this.#sync?.loadedElsewhere(report.cursor);
      return report;
    });
  }

  /** Adds an event, or replaces the one that has its id. An event can also be given as its JSON. */
  addEvent<E extends EventInput>(event: E | string): MutationResult {
    return this.#edits.add(event);
  }

  /** Replaces the event that has this id, or adds it. `event` is the whole definition; it need not repeat the id. */
  updateEvent<E extends EventFields>(eventId: string, event: E | string): MutationResult {
    return this.#edits.update(eventId, event);
  }

  /** Removes an event and its triggers. */
  removeEvent(eventId: string): MutationResult {
    return this.#edits.remove(eventId);
  }

  /** Approves an event, which adds its triggers at once. `event` replaces the definition first, where it is given. */
  approveEvent<E extends EventFields>(eventId: string, event?: E | null): MutationResult {
    return this.#edits.decide(eventId, "approved", event);
  }

  /** Declines an event, which removes its triggers at once. `event` replaces the definition first, where it is given. */
  declineEvent<E extends EventFields>(eventId: string, event?: E | null): MutationResult {
    return this.#edits.decide(eventId, "declined", event);
  }

  /** The event with its computed status; `undefined` for one that is not tracked. */
  getEvent(eventId: string): EventSnapshot | undefined {
    checkEventId(eventId);
    return this.#engine.event(eventId);
  }

  /** Every tracked event with its computed status; the same array until one of them changes. */
  getAllEvents(): readonly EventSnapshot[] {
    return this.#engine.allEvents();
  }

  /** Where an event stands; `undefined` for one that is not tracked. */
  getEventStatus(eventId: string): EventStatus | undefined {
    checkEventId(eventId);
    return this.#engine.eventStatus(eventId);
  }

  // ---- listening

  /** Calls `handler` whenever the status of an event, or of this event, changes. */
  onStatusChange(handler: (change: EventStatusChange) => void): Unsubscribe;
  onStatusChange(eventId: string, handler: (change: EventStatusChange) => void): Unsubscribe;
  onStatusChange(
    first: string | ((change: EventStatusChange) => void),
    second?: (change: EventStatusChange) => void,
  ): Unsubscribe {
    return this.#statusListeners.add(first, second);
  }

  /**
   * Calls `handler` when a trigger fires, of every kind or of these: for side effects. Register before `start()`, which
   * delivers what was missed.
   *
   * A delivery is settled when all handlers of its kind have returned or fulfilled. If one throws or rejects, or takes
   * longer than `retry.answerTimeoutMs`, all of them are called again, later and later, `retry.maxAttempts` times at most;
   * then it is a dead letter. No other trigger waits for that. After a crash a delivery can come again, and **each tab that
   * registers a handler runs it**: pass `delivery.triggerId` on as the idempotency key.
   */
  onTrigger(handler: TriggerHandler): Unsubscribe;
  onTrigger(kinds: TriggerKind | readonly TriggerKind[], handler: TriggerHandler): Unsubscribe;
  onTrigger(first: TriggerKind | readonly TriggerKind[] | TriggerHandler, second?: TriggerHandler): Unsubscribe {
    return this.#triggerHandlers.add(first, second);
  }

  /** Calls `handler` after anything has changed: an event, a status, the queue, the health. Several changes, one call. */
  subscribe(handler: () => void): Unsubscribe {
    checkHandler(handler);
    return this.#subscribers.add(handler);
  }

  /** Increases with every change, so that what was computed from the scheduler can be kept until then. */
  get version(): number {
    return this.#version;
  }

  // ---- life

  /** Starts firing; catches up at once. With a transport, begins to synchronise. */
  start(): void {
    this.#engine.start();
    this.#unwatchPage ??= watchPage({
      wake: () => this.#wake(),
      suspend: () => this.#sync?.stop(),
      resume: () => {
        this.#sync?.start();
        this.#wake();
      },
    });
    this.#sync?.start();
    this.#changed();
  }

  /** Stops firing and synchronising. The events stay. */
  stop(): void {
    this.#engine.stop();
    this.#quiesce();
    this.#changed();
  }

  /** Stops for good and gives the memory back. Every later call throws an `ApiMisuseError` with code `DISPOSED`. */
  dispose(): void {
    this.#quiesce();
    this.#engine.dispose();
    leavePage(this);
    this.#changed();
  }

  get disposed(): boolean {
    return this.#engine.disposed;
  }

  /** Fires what is due now. Harmless at any time; for hosts that know that time has passed. */
  tick(): void {
    this.#engine.tick();
  }

  /** The time that the scheduler goes by, in epoch milliseconds. */
  now(): number {
    return this.#engine.now();
  }

  /** Sets how old, in hours, a missed trigger may be and still be delivered. */
  setMaxDowntimeHours(hours: number): void {
    checkHours(hours);
    this.#engine.setMaxDowntimeHours(hours);
  }

  /** Fires nothing until `resume()`; states stand still too. `reason` is for people, up to 256 bytes. */
  pause(reason: string): void {
    checkText("reason", reason);
    this.#engine.control.pause(reason);
  }

  /**
   * Ends the pause: `watermark` (default) delivers what came due meanwhile as after a gap of that length, `now` leaves it
   * out, and only the states follow. Without a pause it does nothing.
   */
  resume(options: { readonly from?: "watermark" | "now" | undefined } = {}): void {
    checkObject("options", options);
    const { from = "watermark" } = options;
    checkOneOf("from", from, ["watermark", "now"]);
    this.#engine.control.resume(from);
  }

  /**
   * Delivers what was due in a stretch of the past and was not delivered, as far as is remembered; with `again` what was,
   * too. Answers how many deliveries that makes; at most 100 000 at once.
   */
  backfill(range: BackfillRange): number {
    checkObject("range", range);
    const { from, until, again = false } = range;
    checkBoolean("again", again);
    return this.#engine.control.backfill(checkInstant("from", from), checkInstant("until", until), again);
  }

  /** Delivers a dead letter after all, or at once what waits for another attempt; false where there is no such delivery. */
  retry(triggerId: string): boolean {
    checkId("trigger_id", triggerId);
    return this.#engine.control.retry(triggerId) !== "not_found";
  }

  // ---- what is going on

  /** What the scheduler is doing. */
  status(): SchedulerStatus {
    const { eventsQuarantined, fired, nextTrigger, ...status } = this.#engine.status();
    const queuePreview = this.#engine.queue(PREVIEW_LENGTH);
    return Object.freeze({
      ...status,
      running: this.#engine.running,
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
    const dead = this.#engine.disposed;
    return schedulerHealth({
      running: this.#engine.running,
      dead: this.#dead,
      quarantined: dead ? [] : this.#engine.quarantined(),
      deliveries: dead ? null : this.#engine.status(),
      sync: this.#sync?.health ?? SYNC_OFF,
      rebuilds: this.#rebuilds,
      eventsLost: this.#eventsLost,
      clockFailed: this.#engine.clockFailed,
      coreVersion: this.#module.core_version(),
      timeZonesVersion: this.#module.zone_table_version(),
    });
  }

  /** The coming triggers in the order in which they will fire: `limit` of them (default 100), of one event or of all. */
  queue(options: { readonly limit?: number; readonly eventId?: string } = {}): readonly QueuedTrigger[] {
    const { limit = DEFAULT_LIMIT, eventId } = options;
    checkLimit(limit);
    if (eventId === undefined) {
      return this.#engine.queue(limit);
    }
    checkEventId(eventId);
    return this.#engine.eventTriggers(eventId).slice(0, limit);
  }

  /** The next trigger that will fire. */
  nextTrigger(): QueuedTrigger | null {
    return this.#engine.nextTrigger();
  }

  /** Why an event, or one of its triggers, fired, has not fired yet, or never will; asked by the id of either. */
  explain(triggerOrEventId: string): Explanation {
    checkId("id", triggerOrEventId);
    return this.#engine.control.explain(triggerOrEventId);
  }

  /** What would fire until then if nothing changed but `events`, added now or in the place of others. Changes nothing. */
  simulate(options: SimulationOptions): Simulation {
    checkObject("options", options);
    return this.#engine.control.simulate(checkInstant("until", options.until), eventTexts(options.events ?? []));
  }

  /** Pairs of events that overlap at one `venue`, the first `limit` (default 100). Drafts, declined and cancelled ones do not count. */
  detectConflicts({ limit = DEFAULT_LIMIT }: { readonly limit?: number } = {}): Conflicts {
    checkLimit(limit);
    return this.#engine.conflicts(limit);
  }

  /** Deliveries whose handlers have failed at every attempt: the newest 1 000, oldest first. */
  deadLetters(): readonly DeadLetter[] {
    return this.#engine.control.deadLetters();
  }

  /** What was decided lately, newest first: `limit` decisions (default 100; 10 000 are kept), about one event or all. */
  history(options: { readonly limit?: number; readonly eventId?: string } = {}): readonly Decision[] {
    checkObject("options", options);
    const { limit = DEFAULT_LIMIT, eventId } = options;
    checkLimit(limit);
    if (eventId !== undefined) {
      checkEventId(eventId);
    }
    return this.#engine.control.history(limit, eventId ?? "");
  }

  // ---- behind the public calls

  #syncWith(transport: Transport): SyncLoop {
    const target = syncTarget({
      engine: this.#engine,
      logger: this.#logger,
      load: async (source) => (await this.initialize(source)).cursor,
      changed: () => this.#changed(),
    });
    return new SyncLoop({ transport, name: this.name, logger: this.#logger, target });
  }

  #changed(): void {
    this.#version += 1;
    if (!this.#notificationDue && this.#subscribers.size > 0) {
      this.#notificationDue = true;
      queueMicrotask(() => {
        this.#notificationDue = false;
        this.#subscribers.emit();
      });
    }
  }

  #fired(deliveries: readonly TriggerDelivery[]): void {
    logDeliveries(this.#logger, deliveries, (eventId) => (this.disposed ? undefined : this.#engine.event(eventId)));
    for (const delivery of deliveries) {
      this.#triggerHandlers.deliver(delivery);
    }
  }

  #rebuilt(recovered: Recovered | null): void {
    this.#rebuilds += 1;
    if (recovered === null) {
      this.#dead = true;
      return;
    }
    this.#logger.error(`the core has failed and was built anew with ${recovered.events} events`);
    this.#eventsLost = !recovered.complete && this.#sync === null;
    this.#sync?.reload();
  }

  /** Called by the page, which has nobody to catch what is thrown. */
  #wake(): void {
    try {
      this.#engine.tick();
    } catch (thrown) {
      this.#logger.error("the scheduler could not catch up", thrown);
    }
    this.#sync?.wake();
  }

  #quiesce(): void {
    this.#sync?.stop();
    this.#unwatchPage?.();
    this.#unwatchPage = null;
  }
}
