import { kindBit } from "../engine/decode.js";
import { SnapshotError, StoreError } from "../errors/errors.js";
import type { OpenStorage } from "../ports/storage.js";
import type { TabChannel } from "../ports/tab-channel.js";
import type { FeedChange } from "../ports/transport.js";
import type { Leadership } from "../sync/leadership.js";
import type { TriggerDelivery } from "../types/triggers.js";
import { Claims } from "./claims.js";
import { Keeper } from "./keeper.js";
import { loadKept } from "./kept-events.js";
import { TabLease } from "./lease.js";
import { type StandingOrder, surpasses, type TabMessage } from "./messages.js";
import type { SessionParts } from "./session-parts.js";
import { StateNews, StateRelay } from "./state-relay.js";
import type { LeaseHealth, StorageHealth } from "./tab-health.js";
import { type TickHealth, TickMeter } from "./tick-meter.js";
import { wakeEngine } from "./wake-engine.js";
import { WhenActing } from "./when-acting.js";

const CHANNEL_PREFIX = "client-event-scheduler/2/";
/** A state that has not changed is written this often all the same, in ticks: the watermark moves. */
const STATE_TICKS = 10;

/**
 * The part of one tab in the browser profile: it reads what was kept, keeps what must survive, acts when it has the lease,
 * and follows the tab that acts otherwise.
 */
export class TabSession {
  readonly #parts: SessionParts;
  readonly #tab = Math.random().toString(36).slice(2);
  readonly #keeper: Keeper;
  readonly #meter = new TickMeter();
  #storage: OpenStorage | null = null;
  #storageHealth: StorageHealth;
  #lease: TabLease | null = null;
  #channel: TabChannel<TabMessage> | null = null;
  #closed = false;
  #ticks = 0;
  /** It has the lease, and knows what the tab before has left. */
  #acts = false;
  /** What was handed out, and is not run yet. */
  readonly claims: Claims;
  /** The tab that acts has written a state that this one has not read. */
  #stateIsNews = false;
  readonly #news = new StateNews();
  #handledThere: number | null = null;
  readonly #whenActing = new WhenActing();
  #cursorKept: string | null | undefined = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    const { engine, ports } = parts;
    this.#storageHealth = { kind: ports.storage?.kind ?? "none", state: "off", reason: null, lastWriteAt: null };
    this.#keeper = new Keeper(
      {
        engine,
        epoch: () => (this.acting ? this.#lease?.fence : null),
        cursor: () => parts.owner.cursor(),
        saved: (state) => this.#saved(state),
        superseded: () => this.#lease?.stepDown(),
        failed: (thrown) => this.#degrade(thrown),
        rewritten: () => this.#post({ type: "loaded", checksum: engine.checksum() }),
      },
      ports.storage !== null,
    );
    this.claims = new Claims({
      claim: async () => (await this.#keeper.claim()) && this.acting,
      run: parts.owner.run,
    });
    if (this.shared) {
      engine.control.setActing(false);
    }
    if (ports.storage === null) {
      this.#rely();
    }
  }

  /** Whether there are others to agree with, or something to read first. */
  get shared(): boolean {
    const { locks, storage } = this.#parts.ports;
    return locks !== null || storage !== null;
  }

  get storage(): StorageHealth {
    return { ...this.#storageHealth, lastWriteAt: this.#keeper.lastWriteAt };
  }

  get lease(): LeaseHealth {
    const role = this.#lease?.role ?? "off";
    const here = this.#parts.owner.handled();
    const missing = role === "waiting" && this.#handledThere !== null ? here & ~this.#handledThere : 0;
    return { role, epoch: this.#lease?.epoch ?? null, handlersMissing: missing !== 0 };
  }

  get ticks(): TickHealth | null {
    const { wakeSource } = this.#parts.ports;
    return wakeSource === null ? null : this.#meter.health(wakeSource.source);
  }

  /** Whether this tab hands deliveries out. */
  get acting(): boolean {
    return this.#acts;
  }

  // ---- life

  /** Reads what was kept. Never rejects: where there is nothing to read from, the scheduler goes on in memory. */
  async restore(): Promise<void> {
    const { ports, name } = this.#parts;
    if (ports.storage === null || this.#closed) {
      return;
    }
    try {
      const storage = await ports.storage.open(name, (why) => this.#degrade(new StoreError("closed", why)));
      if (this.#closed) {
        storage.close();
        return;
      }
      this.#storage = storage;
      this.#storageHealth = { ...this.#storageHealth, state: "kept" };
      await this.#takeWhatIsGood(storage);
    } catch (thrown) {
      this.#degrade(thrown);
    }
  }

  /** Begins to take part: to ask for the lease, and to listen to the other tabs. */
  join(): void {
    this.#storage?.resume?.();
    if (this.#lease !== null || this.#closed) {
      return;
    }
    const { ports, name, logger } = this.#parts;
    this.#channel = ports.openChannel?.(CHANNEL_PREFIX + name, (message: TabMessage) => this.#hear(message)) ?? null;
    this.#lease = new TabLease({
      name,
      tab: this.#tab,
      locks: ports.locks,
      storage: this.#news.relay === null ? this.#storage : null,
      wakes: ports.wakeSource !== null,
      logger,
      beat: (epoch) => this.#post({ type: "beat", epoch, handled: this.#parts.owner.handled() }),
      acquired: () => this.#acquired(),
      lost: () => this.#lost(),
    });
    this.#lease.start();
    ports.wakeSource?.start(
      () => this.#tick(),
      () => this.#wake(),
    );
  }

  /** Lets another tab act. `atOnce` before the page is put away: it may run no further. */
  leave(atOnce: boolean): Promise<void> {
    const written = this.#keeper.flush();
    this.#lease?.stop(atOnce ? Promise.resolve() : written);
    this.#lease = null;
    this.#channel?.close();
    this.#channel = null;
    this.#parts.ports.wakeSource?.stop();
    return written;
  }

  /** The page is about to be frozen: other tabs must not have to wait for what it was reading or writing. */
  freeze(): void {
    this.#storage?.suspend?.();
  }

  close(): void {
    this.#closed = true;
    const storage = this.#storage;
    void this.leave(false).then(() => {
      this.#keeper.close();
      storage?.close();
    });
  }

  // ---- what happens in this tab

  /** The application has changed an event here. `tell` unless the other tabs hear of it otherwise. */
  localChange(eventId: string, describe: (() => FeedChange) | null): void {
    this.#keeper.eventChanged(eventId);
    if (describe !== null && this.#channel !== null) {
      this.#post({ type: "local", change: describe() });
    }
  }

  /** The feed has changed an event. */
  feedChange(eventId: string): void {
    this.#keeper.feedChanged(eventId);
  }

  /** The feed may have been read further. */
  cursorMoved(): void {
    const cursor = this.#parts.owner.cursor()?.cursor;
    if (this.acting && cursor !== this.#cursorKept) {
      this.#cursorKept = cursor;
      this.#keeper.cursorMoved();
    }
  }

  /** Whoever acts holds the stream of the back end; `null` where tabs cannot agree. */
  get leadership(): Leadership | null {
    return this.shared ? { lead: (signal, lead) => this.#whenActing.lead(() => this.acting, signal, lead) } : null;
  }

  /** All events were replaced; `byApplication` or by the feed. */
  eventsReplaced(byApplication: boolean): void {
    if (byApplication) {
      this.#keeper.eventsReplaced();
    } else {
      this.#keeper.feedReplaced();
    }
  }

  /** Somebody has given an order here that holds for the profile. */
  order(order: StandingOrder): void {
    this.#post({ type: "order", order });
    this.#keeper.stateChanged(true);
  }

  /** Deliveries were answered, or nobody has to answer them. */
  answered(): void {
    this.#keeper.stateChanged(true);
  }

  /** Runs the handlers of what the core has handed out, as soon as it is written that they run. */
  deliver(deliveries: readonly TriggerDelivery[]): void {
    const { owner } = this.#parts;
    this.#meter.fired(deliveries);
    const handled = owner.handled();
    if (this.#storage === null || !deliveries.some(({ kind }) => handled & kindBit(kind))) {
      deliveries.forEach(owner.run);
      this.#keeper.stateChanged(false);
      return;
    }
    this.claims.put(deliveries);
  }

  // ---- the lease

  #acquired(): void {
    const lease = this.#lease;
    const fence = lease?.fence;
    if (this.#storage === null) {
      this.#act();
      return;
    }
    void this.#adoptKept().then(() => {
      // Unless it was lost meanwhile, even if it was given back: others may have acted since this was read.
      if (this.#lease === lease && lease?.fence === fence) {
        this.#act();
      }
    });
  }

  /** What the tab before has left is known here. */
  #act(): void {
    this.#acts = true;
    if (this.shared) {
      this.#guarded(() => this.#parts.engine.control.setActing(true));
    }
    this.#keeper.stateChanged(false);
    this.#whenActing.acts();
    this.#parts.owner.roleChanged();
  }

  #lost(): void {
    this.#acts = false;
    this.claims.drop();
    if (this.shared) {
      this.#guarded(() => this.#parts.engine.control.setActing(false));
    }
    this.#parts.owner.roleChanged();
  }

  async #adoptKept(): Promise<void> {
    this.#stateIsNews = false;
    try {
      const state = (await this.#storage?.readState()) ?? null;
      if (state !== null) {
        this.#guarded(() => this.#parts.engine.control.adopt(state));
      }
    } catch (thrown) {
      this.#degrade(thrown);
    }
  }

  /** About once a second. */
  #tick(): void {
    this.#ticks += 1;
    this.#lease?.tick();
    this.#wake();
    this.#parts.owner.ticked();
    if (this.#ticks % STATE_TICKS === 0) {
      this.#keeper.stateChanged(true);
    }
    if (this.#stateIsNews && !this.acting) {
      void this.#adoptKept();
    }
  }

  /** Also when something is due between two ticks. */
  #wake(): void {
    const { engine, owner, ports } = this.#parts;
    const jumped = this.#meter.called(performance.now(), Date.now());
    this.#guarded(() => wakeEngine(engine, ports.wakeSource, jumped));
    if (jumped) {
      owner.jumped();
    }
  }

  #hear(message: TabMessage): void {
    switch (message.type) {
      case "beat":
        this.#lease?.heard(message.epoch);
        this.#handledThere = message.handled;
        if (this.#lease?.role === "waiting" && surpasses(this.#parts.owner.handled(), message.handled)) {
          this.#post({ type: "yield", handled: this.#parts.owner.handled() });
        }
        if (this.#news.relay !== null) {
          this.#post({ type: "blind" });
        }
        return;
      case "yield":
        if (surpasses(message.handled, this.#parts.owner.handled())) {
          this.#lease?.yield();
        }
        return;
      case "saved":
        this.#news.relay?.hear(message.state);
        this.#stateIsNews = true;
        return;
      case "blind":
        if (this.#news.blindTab(this.#ticks)) {
          this.#keeper.stateChanged(true);
        }
        return;
      case "local":
        this.#guarded(() => this.#parts.owner.applyLocal(message.change));
        return;
      case "loaded":
        if (this.#parts.owner.cursor() === undefined && message.checksum !== this.#parts.engine.checksum()) {
          void this.reload();
        }
        return;
      case "order":
        this.#guarded(() => this.#parts.owner.obey(message.order));
        this.#keeper.stateChanged(true);
    }
  }

  #saved(state: Uint8Array): void {
    this.#post({ type: "saved", epoch: this.#lease?.epoch ?? 0, ...(this.#news.isTold(this.#ticks) && { state }) });
  }

  #post(message: TabMessage): void {
    this.#channel?.post(message);
  }

  // ---- what was kept

  async #take(storage: OpenStorage): Promise<void> {
    const { engine, owner } = this.#parts;
    const stored = await storage.read();
    if (stored.state !== null) {
      engine.control.adopt(stored.state);
    }
    await loadKept(engine, stored, this.#keeper.unwritten, true);
    if (stored.cursor !== null) {
      owner.restored(stored.cursor);
    }
    this.#keeper.use(storage, stored.journal.size);
  }

  /** Sets aside what cannot be used: a corrupt state, or one of a newer version. */
  async #takeWhatIsGood(storage: OpenStorage): Promise<void> {
    try {
      await this.#take(storage);
    } catch (thrown) {
      const unusable = thrown instanceof SnapshotError || (thrown instanceof StoreError && thrown.reason === "corrupt");
      if (!unusable) {
        throw thrown;
      }
      this.#parts.logger.warn(`what was kept cannot be used, and is set aside: ${thrown.message}`);
      this.#storageHealth = { ...this.#storageHealth, reason: thrown.message };
      await storage.clear();
      await this.#take(storage);
    }
  }

  /** Reads the events that were kept once more; answers whether there were any. */
  async reload(): Promise<boolean> {
    try {
      const stored = this.#news.relay === null ? await this.#storage?.read() : undefined;
      if (stored !== undefined) {
        await loadKept(this.#parts.engine, stored, this.#keeper.unwritten, false);
      }
      return stored !== undefined;
    } catch (thrown) {
      this.#parts.logger.warn("the events that were kept could not be read", thrown);
      return false;
    }
  }

  /** From here on in memory. */
  #degrade(thrown: unknown): void {
    if (this.#closed || this.#storageHealth.state === "memory") {
      return;
    }
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    this.#parts.logger.warn(`nothing is kept from here on: ${reason}`, thrown);
    this.#storageHealth = { ...this.#storageHealth, state: "memory", reason };
    this.#keeper.close();
    this.#storage?.close();
    this.#storage = null;
    this.#rely();
    this.#parts.owner.changed();
  }

  /** Without a storage, the tabs that are open tell each other of the state. */
  #rely(): void {
    const { locks, openChannel } = this.#parts.ports;
    if (locks !== null && openChannel !== null) {
      const relay = new StateRelay();
      this.#news.relay = relay;
      this.#storage = relay;
      this.#keeper.keepStateIn(relay);
    }
  }

  /** For what nobody waits for. */
  #guarded(act: () => void): void {
    if (this.#parts.engine.disposed) {
      return;
    }
    try {
      act();
    } catch (thrown) {
      this.#parts.logger.error("the tabs could not be kept in step", thrown);
    }
  }
}
