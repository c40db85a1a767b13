import type { Logger } from "../ports/logger.js";
import { NO_LEASE, type OpenStorage } from "../ports/storage.js";
import type { TabLocks } from "../ports/tab-locks.js";
import { SilenceCount } from "./silence-count.js";

/** Which part a tab has: `solo` where tabs cannot agree, so that each acts for itself. */
export type LeaseRole = "off" | "waiting" | "acting" | "solo";

/** What a lease needs. */
export interface LeaseParts {
  /** Names the lock: the same in all tabs of one application. */
  readonly name: string;
  /** Names this tab. */
  readonly tab: string;
  readonly locks: TabLocks | null;
  readonly storage: OpenStorage | null;
  /** Whether {@link TabLease.tick} will be called: without locks, a lease has no other way to see that a tab is gone. */
  readonly wakes: boolean;
  readonly logger: Logger;
  /** Tells the other tabs that this one acts. */
  readonly beat: (epoch: number) => void;
  /** This tab acts from now on. */
  readonly acquired: () => void;
  /** It no longer does. */
  readonly lost: () => void;
}

/** Ticks come once a second. A holder beats every so many of them. */
const BEAT_TICKS = 4;
/** Silence of the holder, in ticks of the tab that listens, after which it is taken for hung or frozen. */
export const SILENT_TICKS = 20;

const SILENCE = { ticks: SILENT_TICKS, tickMs: 1000, lateMs: 5000 };

const LOCK_PREFIX = "client-event-scheduler/1/act/";
const GUARD_PREFIX = "client-event-scheduler/1/guard/";

/**
 * The sole right to act for the browser profile. A lock of the browser goes with the tab that holds it, even when that
 * crashes; but one that hangs or is frozen keeps it, and one that is frozen can be given it. So the holder also has an epoch in
 * the storage, which every claim is checked against, and shows signs of life; when these fail to come, another tab takes
 * the lease with the next epoch. Without locks the signs of life stand in the storage.
 */
export class TabLease {
  readonly #parts: LeaseParts;
  readonly #watch: SilenceCount;
  #running: AbortController | null = null;
  #role: LeaseRole = "off";
  #epoch = 0;
  #ticks = 0;
  /** Ends the wait for the lock. */
  #waiting = new AbortController();
  /** The epoch with which the lock is to be taken from a silent holder. */
  #stealWith: number | null = null;
  #letGo: () => void = () => undefined;
  /** Without locks: how the record looked when it last changed, and a step at a time. */
  #seen = NO_LEASE;
  #stepping = false;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#watch = new SilenceCount(SILENCE, () => void this.#takeOver());
  }

  get role(): LeaseRole {
    return this.#role;
  }

  /** The epoch with which this tab acts; `null` while it does not; `undefined`: it acts, but there is nobody to be fenced off. */
  get fence(): number | null | undefined {
    switch (this.#role) {
      case "acting":
        return this.#epoch;
      case "solo":
        return undefined;
      default:
        return null;
    }
  }

  /** The newest epoch that is known. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Begins to ask for the lease. */
  start(): void {
    if (this.#running !== null) {
      return;
    }
    const running = new AbortController();
    this.#running = running;
    if (this.#parts.locks !== null) {
      this.#role = "waiting";
      this.#watch.reset();
      void this.#contend(this.#parts.locks, running.signal);
    } else if (this.#parts.storage !== null && this.#parts.wakes) {
      this.#role = "waiting";
      this.#watch.reset();
    } else {
      this.#role = "solo";
      this.#parts.acquired();
    }
  }

  /** Acts no more, asks for the lease no more, and gives it up when `after` has settled. */
  stop(after: Promise<void>): void {
    const was = this.#role;
    const letGo = this.#letGo;
    this.#running?.abort();
    this.#running = null;
    this.#waiting.abort();
    this.#role = "off";
    if (was === "acting" || was === "solo") {
      this.#parts.lost();
    }
    void after.then(() => {
      letGo();
      if (was === "acting") {
        this.#handBack();
      }
    });
  }

  /** Gives the lease to whoever waits for it, and asks for it again. */
  yield(): void {
    if (this.#role === "acting" && this.#parts.locks !== null) {
      this.stepDown();
    }
  }

  /** Another tab has a later epoch, or the storage says so. */
  stepDown(): void {
    if (this.#role === "acting") {
      this.#role = "waiting";
      this.#watch.reset();
      this.#parts.lost();
      this.#letGo();
    }
  }

  /** The tab that acts has shown a sign of life. */
  heard(epoch: number): void {
    if (epoch < this.#epoch) {
      return;
    }
    if (epoch > this.#epoch) {
      this.stepDown();
      this.#epoch = epoch;
    }
    this.#watch.reset();
  }

  /** Once a second, by the tab's own count. */
  tick(): void {
    this.#ticks += 1;
    if (this.#role === "acting" && this.#ticks % BEAT_TICKS === 0) {
      this.#parts.beat(this.#epoch);
    }
    if (this.#role === "waiting") {
      this.#watch.tick(performance.now());
    }
    if (this.#parts.locks === null && this.#parts.storage !== null && this.#running !== null) {
      void this.#step(this.#parts.storage);
    }
  }

  // ---- with locks

  async #contend(locks: TabLocks, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#waiting = new AbortController();
      const epoch = this.#stealWith;
      this.#stealWith = null;
      try {
        const how = epoch === null ? { signal: this.#waiting.signal } : ({ steal: true } as const);
        await locks.hold(LOCK_PREFIX + this.#parts.name, how, () => this.#granted(locks, epoch, signal));
      } catch (thrown) {
        // The wait was cut short, or the lock was stolen; anything else is the end of locks for this page.
        if (!(thrown instanceof DOMException) || thrown.name !== "AbortError") {
          this.#goSolo(thrown, signal);
          return;
        }
      }
      if (!signal.aborted) {
        this.stepDown();
      }
    }
  }

  async #granted(locks: TabLocks, stolenWith: number | null, signal: AbortSignal): Promise<void> {
    // One that was frozen when it was given the lock may have lost it again.
    const epoch =
      stolenWith ?? ((await locks.holds(LOCK_PREFIX + this.#parts.name)) ? await this.#nextEpoch(signal) : null);
    if (epoch === null || signal.aborted) {
      return;
    }
    this.#act(epoch);
    await new Promise<void>((resolve) => {
      this.#letGo = resolve;
    });
  }

  async #nextEpoch(signal: AbortSignal): Promise<number> {
    const { storage, tab } = this.#parts;
    try {
      while (storage !== null) {
        const { epoch } = await storage.readLease();
        if (await storage.changeLease(epoch, { epoch: epoch + 1, holder: tab, beat: 0 })) {
          return epoch + 1;
        }
      }
    } catch (thrown) {
      if (!signal.aborted) {
        this.#parts.logger.warn("the lease could not be written: the lock alone keeps other tabs from acting", thrown);
      }
    }
    return this.#epoch + 1;
  }

  /** The holder is silent. Under a guard, so that one tab alone looks after it. */
  async #takeOver(): Promise<void> {
    const { locks, storage, name, tab, logger } = this.#parts;
    if (locks === null || this.#role !== "waiting") {
      return;
    }
    const asked = this.#epoch;
    try {
      await locks.holdIfFree(GUARD_PREFIX + name, async () => {
        const { epoch } = storage === null ? { epoch: asked } : await storage.readLease();
        if (epoch > asked) {
          // Somebody else has it, whose first sign of life is still to come.
          this.#epoch = epoch;
          return;
        }
        const next = { epoch: epoch + 1, holder: tab, beat: 0 };
        if (this.#role === "waiting" && (storage === null || (await storage.changeLease(epoch, next)))) {
          logger.warn("the tab that acts has been silent for too long: this one acts from now on");
          this.#stealWith = next.epoch;
          this.#waiting.abort();
        }
      });
    } catch (thrown) {
      logger.warn("the silent tab could not be relieved", thrown);
    }
  }

  #goSolo(thrown: unknown, signal: AbortSignal): void {
    if (!signal.aborted) {
      this.#parts.logger.warn("this page may not use locks: it acts for itself", thrown);
      this.#role = "solo";
      this.#parts.acquired();
    }
  }

  // ---- without locks

  async #step(storage: OpenStorage): Promise<void> {
    if (this.#stepping || this.#ticks % BEAT_TICKS !== 0) {
      return;
    }
    this.#stepping = true;
    try {
      await (this.#role === "acting" ? this.#renew(storage) : this.#look(storage));
    } catch (thrown) {
      this.#parts.logger.warn("the lease cannot be read", thrown);
    } finally {
      this.#stepping = false;
    }
  }

  async #renew(storage: OpenStorage): Promise<void> {
    const epoch = this.#epoch;
    const record = { epoch, holder: this.#parts.tab, beat: this.#seen.beat + 1 };
    if (await storage.changeLease(epoch, record)) {
      this.#seen = record;
    } else {
      this.stepDown();
    }
  }

  async #look(storage: OpenStorage): Promise<void> {
    const record = await storage.readLease();
    const alive = record.epoch !== this.#seen.epoch || record.beat !== this.#seen.beat;
    this.#seen = record;
    if (alive) {
      this.#watch.reset();
    }
    if (record.holder !== null && (alive || !this.#watch.silent)) {
      return;
    }
    const next = { epoch: record.epoch + 1, holder: this.#parts.tab, beat: 0 };
    if (this.#role === "waiting" && (await storage.changeLease(record.epoch, next))) {
      this.#seen = next;
      this.#act(next.epoch);
    }
  }

  #handBack(): void {
    const { locks, storage } = this.#parts;
    if (locks === null && storage !== null) {
      const record = { epoch: this.#epoch, holder: null, beat: 0 };
      storage.changeLease(this.#epoch, record).catch(() => undefined);
    }
  }

  #act(epoch: number): void {
    this.#epoch = epoch;
    this.#role = "acting";
    this.#parts.beat(epoch);
    this.#parts.acquired();
  }
}
