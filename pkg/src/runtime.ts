import { Edits } from "./edits.js";
import { Engine } from "./engine/engine.js";
import { HandlerBudget, Listeners } from "./engine/listeners.js";
import type { Undelivered } from "./engine/outbox.js";
import type { Recovered } from "./engine/recover.js";
import { logDeliveries, logUndelivered } from "./event-log.js";
import { bulkLoad } from "./load/bulk-load.js";
import type { LoadSource } from "./load/load-source.js";
import { asOptionsError, checkOptions, rawConfig } from "./options.js";
import { KeptNumber, pollPhase } from "./page/kept-number.js";
import { watchPage } from "./page/wake.js";
import { systemClock } from "./ports/clock.js";
import { type Logger, loggerFrom } from "./ports/logger.js";
import type { Transport } from "./ports/transport.js";
import { schedulerHealth } from "./scheduler-health.js";
import { StatusListeners } from "./status-listeners.js";
import { applyChange } from "./sync/apply-change.js";
import { SYNC_OFF } from "./sync/sync-health.js";
import { SyncLoop } from "./sync/sync-loop.js";
import { syncTarget } from "./sync/sync-target.js";
import type { StandingOrder } from "./tabs/messages.js";
import { profilePorts } from "./tabs/tab-ports.js";
import { TabSession } from "./tabs/tab-session.js";
import { TriggerHandlers } from "./trigger-handlers.js";
import type { EventInput } from "./types/events.js";
import type { LoadReport, SchedulerHealth, SchedulerOptions } from "./types/scheduler-types.js";
import type { SyncPreview } from "./types/sync-preview.js";
import type { TriggerDelivery } from "./types/triggers.js";
import { loadWasmSync } from "./wasm/loader.js";
import { type LoadOrigin, type RawModule, SOURCE_LOCAL } from "./wasm/raw.js";

/** What a scheduler is made of, and how its parts are connected. What callers may do with it is the façade's. */
export class SchedulerRuntime {
  readonly name: string;
  readonly engine: Engine;
  readonly edits: Edits;
  readonly logger: Logger;
  readonly statusListeners: StatusListeners;
  readonly triggerHandlers: TriggerHandlers;
  readonly subscribers: Listeners<void>;
  readonly session: TabSession;
  /** Resolves when what was kept is there. */
  readonly restored: Promise<void>;
  readonly #module: RawModule;
  readonly #sync: SyncLoop | null;
  readonly #transport: Transport | null;
  readonly #feedKey: string | null;
  readonly #phase: number;
  readonly #clockGiven: boolean;
  /** Ends when the bulk loads that were asked for are done; one runs at a time. */
  #loads: Promise<unknown>;
  #isRestored = false;
  #started = false;
  #unwatchPage: (() => void) | null = null;
  #version = 0;
  #notificationDue = false;
  #rebuilds = 0;
  #dead = false;
  #eventsLost = false;

  constructor(options: SchedulerOptions) {
    checkOptions(options);
    this.name = options.name ?? "default";
    this.#clockGiven = options.clock !== undefined && options.clock.monotonic === undefined;
    this.logger = loggerFrom(options.logger);
    const budget = new HandlerBudget();
    this.subscribers = new Listeners(budget, this.logger);
    this.statusListeners = new StatusListeners(budget, this.logger);
    this.#module = loadWasmSync();
    this.engine = this.#makeEngine(options);
    this.triggerHandlers = new TriggerHandlers(this.engine, budget, this.logger, () => this.session.answered());
    this.session = this.#makeSession(options);
    this.#feedKey = options.transport?.key ?? null;
    this.#phase = pollPhase(options.storage !== false);
    this.#transport = options.transport ?? null;
    this.#sync = this.#transport === null ? null : this.#syncWith(this.#transport);
    this.edits = new Edits(this.engine, this.#sync, this.session);
    this.#isRestored = !this.session.shared;
    this.restored = this.#isRestored ? Promise.resolve() : this.session.restore().then(() => this.#begin());
    this.#loads = this.restored;
  }

  /** Increases with every change. */
  get version(): number {
    return this.#version;
  }

  get started(): boolean {
    return this.#started;
  }

  // ---- life

  start(): void {
    this.engine.assertAlive();
    this.#started = true;
    if (this.#isRestored) {
      this.#run();
    }
    this.changed();
  }

  stop(): void {
    this.engine.stop();
    this.#quiesce();
    this.changed();
  }

  dispose(): void {
    this.#quiesce();
    this.session.close();
    this.engine.dispose();
    this.changed();
  }

  #begin(): void {
    this.#isRestored = true;
    if (this.#started && !this.engine.disposed) {
      this.#run();
    }
    this.changed();
  }

  #run(): void {
    this.engine.start();
    this.session.join();
    this.#unwatchPage ??= watchPage({
      wake: () => this.#wake(),
      suspend: (frozen) => {
        this.#sync?.stop();
        if (frozen) {
          this.session.freeze();
        }
        void this.session.leave(true);
      },
      resume: () => {
        this.session.join();
        this.#sync?.start();
        this.#wake();
      },
    });
    this.#sync?.start();
  }

  #quiesce(): void {
    this.#started = false;
    this.#sync?.stop();
    void this.session.leave(false);
    this.#unwatchPage?.();
    this.#unwatchPage = null;
  }

  /** Called by the page, which has nobody to catch what is thrown. */
  #wake(): void {
    try {
      this.engine.tick();
    } catch (thrown) {
      this.logger.error("the scheduler could not catch up", thrown);
    }
    this.#sync?.wake();
  }

  // ---- events

  /** Makes the events of `source` the whole set. */
  async initialize(source: readonly EventInput[] | LoadSource): Promise<LoadReport> {
    const report = await this.#load(source);
    this.#sync?.loadedElsewhere(report.cursor);
    this.session.eventsReplaced(true);
    return report;
  }

  #load(source: readonly EventInput[] | LoadSource, origin: LoadOrigin = "backEnd"): Promise<LoadReport> {
    const load = this.#loads.then(() => bulkLoad(this.engine, source, origin));
    this.#loads = load.catch(() => undefined);
    return load.then((report) => {
      this.#eventsLost = false;
      return report;
    });
  }

  /** Does what holds for the whole profile, here and in the other tabs. */
  order<T>(order: StandingOrder): T {
    const result = this.#obey(order);
    this.session.order(order);
    return result as T;
  }

  #obey(order: StandingOrder): unknown {
    const { control } = this.engine;
    switch (order.type) {
      case "pause":
        return control.pause(order.reason);
      case "resume":
        return control.resume(order.from);
      case "backfill":
        return control.backfill(order.from, order.until, order.again);
      case "retry":
        return control.retry(order.triggerId);
    }
  }

  // ---- what is going on

  /** Resolves when the part of the module is there that some questions need. Rejects where the scheduler was disposed. */
  async later(part: "insight" | "recurrence"): Promise<void> {
    this.engine.assertAlive();
    await this.#module.later(part);
  }

  /** Fires what is due, and asks the back end where it is time to. */
  tick(): void {
    this.engine.tick();
    this.#sync?.tick();
  }

  /** When the back end will be asked; needs {@link SchedulerRuntime.later}. */
  previewSync(limit: number): SyncPreview {
    const { state } = this.#sync?.health ?? SYNC_OFF;
    const asks = this.#transport?.stream === undefined || state === "polling";
    return Object.freeze({
      mode: state === "off" ? "off" : asks ? "polling" : "stream",
      polls: this.engine.control.polls(this.engine.now(), this.#phase, limit),
    });
  }

  health(): SchedulerHealth {
    const dead = this.engine.disposed;
    return schedulerHealth({
      running: this.#started,
      dead: this.#dead,
      quarantined: dead ? [] : this.engine.quarantined(),
      deliveries: dead ? null : this.engine.status(),
      sync: this.#sync?.health ?? SYNC_OFF,
      storage: this.session.storage,
      lease: this.session.lease,
      ticks: this.session.ticks,
      handles: this.triggerHandlers.handled !== 0,
      rebuilds: this.#rebuilds,
      eventsLost: this.#eventsLost,
      clockFailed: this.engine.clockFailed,
      clockGiven: this.#clockGiven,
      serverTime: dead ? null : this.engine.serverTime.health(),
      coreVersion: this.#module.core_version(),
      timeZonesVersion: this.#module.zone_table_version(),
    });
  }

  /** Something is different now; whoever has subscribed hears of it, once for several changes. */
  changed(): void {
    this.#version += 1;
    if (!this.#notificationDue && this.subscribers.size > 0) {
      this.#notificationDue = true;
      queueMicrotask(() => {
        this.#notificationDue = false;
        this.subscribers.emit();
      });
    }
  }

  // ---- the parts

  #makeEngine(options: SchedulerOptions): Engine {
    try {
      return new Engine({
        module: this.#module,
        config: rawConfig(options),
        clock: options.clock ?? systemClock,
        logger: this.logger,
        deviceAhead: new KeptNumber("device-ahead", options.transport !== undefined && options.storage !== false),
        owner: {
          changed: () => this.changed(),
          statusChanged: (change) => this.statusListeners.emit(change),
          fired: (deliveries) => this.#fired(deliveries),
          undelivered: (lost) => this.#undelivered(lost),
          rebuilt: (recovered) => this.#rebuilt(recovered),
        },
      });
    } catch (thrown) {
      throw asOptionsError(thrown);
    }
  }

  #makeSession(options: SchedulerOptions): TabSession {
    return new TabSession({
      name: this.name,
      ports: profilePorts(options),
      engine: this.engine,
      logger: this.logger,
      owner: {
        run: (delivery) => this.triggerHandlers.deliver(delivery),
        handled: () => this.triggerHandlers.handled,
        applyLocal: (change) => applyChange(this.engine, this.logger, change, SOURCE_LOCAL),
        obey: (order) => void this.#obey(order),
        cursor: () => this.#cursor(),
        restored: ({ key, cursor }) => {
          if (key === this.#feedKey) {
            this.#sync?.loadedElsewhere(cursor);
          }
        },
        roleChanged: () => this.#roleChanged(),
        ticked: () => this.#sync?.tick(),
        jumped: () => this.#sync?.wake(),
        changed: () => this.changed(),
      },
    });
  }

  #cursor(): { readonly key: string; readonly cursor: string } | null | undefined {
    if (this.#sync === null || this.#feedKey === null) {
      return undefined;
    }
    const { cursor } = this.#sync.health;
    return cursor === null ? null : { key: this.#feedKey, cursor };
  }

  #syncWith(transport: Transport): SyncLoop {
    const target = syncTarget({
      engine: this.engine,
      logger: this.logger,
      phase: this.#phase,
      insight: () => this.#module.later("insight"),
      load: async (source, origin) => {
        const { cursor } = await this.#load(source, origin);
        this.session.eventsReplaced(false);
        return cursor;
      },
      feedChange: (eventId) => this.session.feedChange(eventId),
      changed: () => {
        this.session.cursorMoved();
        this.changed();
      },
    });
    const { leadership } = this.session;
    return new SyncLoop({ transport, name: this.name, logger: this.logger, target, leadership });
  }

  /** Who holds the stream is who acts. */
  #roleChanged(): void {
    if (!this.session.acting && this.#sync?.health.role === "leader") {
      this.#sync.stop();
      this.#sync.start();
    }
    this.changed();
  }

  #fired(deliveries: readonly TriggerDelivery[]): void {
    logDeliveries(this.logger, deliveries, (eventId) =>
      this.engine.disposed ? undefined : this.engine.event(eventId),
    );
    this.session.deliver(deliveries);
  }

  #undelivered(lost: readonly Undelivered[]): void {
    logUndelivered(this.logger, lost);
    this.session.answered();
  }

  #rebuilt(recovered: Recovered | null): void {
    this.#rebuilds += 1;
    // Its successor hands out again what was not run.
    this.session.claims.drop();
    if (recovered === null) {
      this.#dead = true;
      return;
    }
    this.logger.error(`the core has failed and was built anew with ${recovered.events} events`);
    this.#eventsLost = !recovered.complete && this.#sync === null;
    this.#sync?.reload();
    if (this.#eventsLost) {
      void this.session.reload().then((kept) => {
        this.#eventsLost &&= !kept;
        this.changed();
      });
    }
  }
}
