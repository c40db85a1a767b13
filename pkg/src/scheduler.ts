import { checkEventId, checkHandler, checkHours, checkLimit, checkSameId } from "./arguments.js";
import type { Outcome } from "./engine/decode.js";
import { Engine } from "./engine/engine.js";
import { HandlerBudget, Listeners } from "./engine/listeners.js";
import type { Recovered } from "./engine/recover.js";
import { logDeliveries } from "./event-log.js";
import { isObject, leadingEventId, parseEvent } from "./event-text.js";
import { bulkLoad } from "./load/bulk-load.js";
import type { LoadSource } from "./load/load-source.js";
import { Mutation } from "./mutation.js";
import { asOptionsError, checkOptions, rawConfig } from "./options.js";
import { joinPage, leavePage } from "./page/registry.js";
import { watchPage } from "./page/wake.js";
import { systemClock } from "./ports/clock.js";
import { type Logger, loggerFrom } from "./ports/logger.js";
import { schedulerHealth } from "./scheduler-health.js";
import { applyChange } from "./sync/apply-change.js";
import { SYNC_OFF } from "./sync/sync-health.js";
import { SyncLoop } from "./sync/sync-loop.js";
import type { EventFields, EventInput, EventSnapshot, EventStatus } from "./types/events.js";
import type {
  LoadReport,
  MutationOutcome,
  MutationResult,
  SchedulerHealth,
  SchedulerOptions,
  SchedulerStatus,
  Unsubscribe,
} from "./types/scheduler-types.js";
import type { EventStatusChange, QueuedTrigger, TriggerDelivery } from "./types/triggers.js";
import { loadWasm, loadWasmSync } from "./wasm/loader.js";
import { type RawModule, SOURCE_FEED, SOURCE_LOCAL } from "./wasm/raw.js";

/** Makes a scheduler. It does not run yet: call `start()`. */
export async function createScheduler(options: SchedulerOptions = {}): Promise<ClientEventScheduler> {
  await loadWasm();
  return new ClientEventScheduler(options);
}

const PREVIEW_LENGTH = 10;
const DEFAULT_QUEUE_LENGTH = 100;
/** Characters above which the core refuses an event's JSON in any case. */
const EVENT_JSON_LENGTH = 64 * 1024;

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
  readonly #logger: Logger;
  readonly #budget = new HandlerBudget();
  readonly #subscribers: Listeners<void>;
  readonly #statusListeners: Listeners<EventStatusChange>;
  readonly #statusListenersOf = new Map<string, Listeners<EventStatusChange>>();
  /** Ends when the bulk loads that were asked for are done; one runs at a time. */
  #loads: Promise<unknown> = Promise.resolve();
  #unwatchPage: (() => void) | null = null;
  #version = 0;
  #notificationDue = false;
  #missed = 0;
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
    this.#statusListeners = new Listeners(this.#budget, this.#logger);
    this.#module = loadWasmSync();
    try {
      this.#engine = new Engine({
        module: this.#module,
        config: rawConfig(options),
        clock: options.clock ?? systemClock,
        logger: this.#logger,
        owner: {
          changed: () => this.#changed(),
          statusChanged: (change) => this.#statusChanged(change),
          fired: (deliveries) => this.#fired(deliveries),
          rebuilt: (recovered) => this.#rebuilt(recovered),
        },
      });
    } catch (thrown) {
      throw asOptionsError(thrown);
    }
    this.#sync = options.transport === undefined ? null : this.#syncWith(options.transport);
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
    if (typeof event === "string") {
      return this.#upsertText(undefined, event);
    }
    if (!isObject(event)) {
      this.#engine.refuseText(JSON.stringify(event) ?? "null");
    }
    return this.#upsert(event.event_id, event);
  }

  /** Replaces the event that has this id, or adds it. `event` is the whole definition; it need not repeat the id. */
  updateEvent<E extends EventFields>(eventId: string, event: E | string): MutationResult {
    checkEventId(eventId);
    if (typeof event === "string") {
      return this.#upsertText(eventId, event);
    }
    if (!isObject(event)) {
      this.#engine.refuseText(JSON.stringify(event) ?? "null");
    }
    const own = event.event_id;
    if (own !== eventId) {
      checkSameId(eventId, own);
    }
    return this.#upsert(eventId, event);
  }

  /** Removes an event and its triggers. */
  removeEvent(eventId: string): MutationResult {
    checkEventId(eventId);
    const outcome = this.#engine.remove(eventId);
    this.#sync?.localChange(eventId, () => ({ eventId, deleted: true }));
    return this.#result(outcome);
  }

  /** Approves an event, which adds its triggers at once. `event` replaces the definition first, where it is given. */
  approveEvent<E extends EventFields>(eventId: string, event?: E | null): MutationResult {
    return this.#decide(eventId, "approved", event);
  }

  /** Declines an event, which removes its triggers at once. `event` replaces the definition first, where it is given. */
  declineEvent<E extends EventFields>(eventId: string, event?: E | null): MutationResult {
    return this.#decide(eventId, "declined", event);
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
    if (typeof first === "function") {
      return this.#statusListeners.add(first);
    }
    checkEventId(first);
    checkHandler(second);
    return this.#listenersOf(first).add(second as (change: EventStatusChange) => void);
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
      missed: this.#missed,
    });
  }

  /** How the scheduler is, with a sentence for everything that a person should know. */
  health(): SchedulerHealth {
    const dead = this.#engine.disposed;
    return schedulerHealth({
      running: this.#engine.running,
      dead: this.#dead,
      quarantined: dead ? [] : this.#engine.quarantined(),
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
    const { limit = DEFAULT_QUEUE_LENGTH, eventId } = options;
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

  // ---- behind the public calls

  #upsert(eventId: string, event: EventFields): MutationResult {
    const outcome = this.#engine.upsert(eventId, event, SOURCE_LOCAL);
    if (this.#sync !== null) {
      this.#relay(eventId, event);
    }
    return this.#result(outcome);
  }

  #upsertText(eventId: string | undefined, json: string): MutationResult {
    const leading = leadingEventId(json);
    if (leading !== undefined && (eventId === undefined || eventId === leading)) {
      const outcome = this.#engine.upsertText(leading, json, SOURCE_LOCAL);
      this.#sync?.localChange(leading, () => ({
        eventId: leading,
        deleted: false,
        event: JSON.parse(json) as EventInput,
      }));
      return this.#result(outcome);
    }
    const event = json.length > EVENT_JSON_LENGTH ? undefined : parseEvent(json);
    if (event === undefined) {
      this.#engine.refuseText(json);
    }
    if (eventId !== undefined) {
      checkSameId(eventId, event.event_id);
    }
    return this.#upsert(eventId ?? (event.event_id as string), event);
  }

  #decide(eventId: string, decision: "approved" | "declined", event: EventFields | null | undefined): MutationResult {
    const replaced = event == null ? null : this.updateEvent(eventId, event).outcome;
    checkEventId(eventId);
    if (replaced === "stale") {
      return this.#result(replaced);
    }
    const decided = this.#engine.decide(eventId, decision);
    const known = this.#sync === null ? undefined : this.#engine.definition(eventId);
    if (known !== undefined) {
      this.#relay(eventId, known);
    }
    return this.#result(replaced === "added" || decided === "unchanged" ? (replaced ?? decided) : decided);
  }

  #relay(eventId: string, event: EventFields): void {
    this.#sync?.localChange(eventId, () => ({ eventId, deleted: false, event: { ...event, event_id: eventId } }));
  }

  /** A local change is never quarantined: it is refused. */
  #result(outcome: Outcome): MutationResult {
    return new Mutation(outcome as MutationOutcome, this.#engine);
  }

  #syncWith(transport: NonNullable<SchedulerOptions["transport"]>): SyncLoop {
    const engine = this.#engine;
    return new SyncLoop({
      transport,
      name: this.name,
      logger: this.#logger,
      target: {
        load: async (source) => (await this.initialize(source)).cursor,
        applyFeed: (change) => applyChange(engine, this.#logger, change, SOURCE_FEED),
        applyRelayed: (change) => applyChange(engine, this.#logger, change, SOURCE_LOCAL),
        checksum: () => engine.checksum(),
        now: () => engine.now(),
        retryDelayMs: (failures) => engine.retryDelayMs(failures),
        changed: () => this.#changed(),
      },
    });
  }

  #listenersOf(eventId: string): Listeners<EventStatusChange> {
    let listeners = this.#statusListenersOf.get(eventId);
    if (listeners === undefined) {
      listeners = new Listeners(this.#budget, this.#logger, () => this.#statusListenersOf.delete(eventId));
      this.#statusListenersOf.set(eventId, listeners);
    }
    return listeners;
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

  #statusChanged(change: EventStatusChange): void {
    this.#statusListeners.emit(change);
    this.#statusListenersOf.get(change.eventId)?.emit(change);
  }

  #fired(deliveries: readonly TriggerDelivery[]): void {
    this.#missed += deliveries.filter(({ cause }) => cause === "recovered").length;
    logDeliveries(this.#logger, deliveries, (eventId) => (this.disposed ? undefined : this.#engine.event(eventId)));
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
