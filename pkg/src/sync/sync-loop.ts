import { SyncError } from "../errors/errors.js";
import type { LoadSource } from "../load/load-source.js";
import type { Logger } from "../ports/logger.js";
import type { FeedChange, StreamMessage, Transport, UpToDate } from "../ports/transport.js";
import { DivergenceCheck } from "./divergence.js";
import type { Leadership } from "./leadership.js";
import { Pause } from "./pause.js";
import { Relay, type RelayMessage } from "./relay.js";
import { SILENCE_TIMING, type SilenceTiming, SilenceWatch } from "./silence-watch.js";
import { SYNC_OFF, type SyncHealth } from "./sync-health.js";

/** What the sync loop does to the scheduler. */
export interface SyncTarget {
  /** Replaces all events; answers the cursor that stood beside them. */
  load(source: LoadSource): Promise<string | null>;
  /** The back end says so. Never throws for an event that is invalid. */
  applyFeed(change: FeedChange): void;
  /** Another tab says so. */
  applyRelayed(change: FeedChange): void;
  /** What the back end knows now is known here. */
  synced(): void;
  checksum(): string;
  now(): number;
  /** Milliseconds to wait after so many failures in a row. */
  retryDelayMs(failures: number): number;
  /** `health()` has something new to say. */
  changed(): void;
}

/** What a sync loop needs. */
export interface SyncParts {
  readonly transport: Transport;
  readonly target: SyncTarget;
  readonly logger: Logger;
  /** Tells applications of one origin apart. */
  readonly name: string;
  readonly timing?: SilenceTiming;
  /** `null` where each tab is on its own. */
  readonly leadership: Leadership | null;
}

/** Failures that no retry will mend wait as long as many failures in a row do. */
const HOPELESS_FAILURES = 10;

/**
 * Keeps the events in step with a back end: a snapshot first, then its changes. One tab of the browser holds the stream
 * and passes on what it says; the others follow, and ask for themselves when that tab has gone silent.
 */
export class SyncLoop {
  readonly #parts: SyncParts;
  readonly #key: string;
  readonly #pause = new Pause();
  readonly #divergence = new DivergenceCheck();
  readonly #watch: SilenceWatch;
  #relay: Relay | null = null;
  #running: AbortController | null = null;
  #health: SyncHealth = SYNC_OFF;
  /** What other tabs have said while a snapshot was being read; it may be newer than the snapshot. */
  #heldBack: RelayMessage[] | null = null;
  /** Everything that the back end had sent was applied, and nothing has come since that might be the beginning of more. */
  #upToDate = false;
  /** Called when nothing was heard for too long. */
  #onSilence: () => void = () => undefined;

  constructor(parts: SyncParts) {
    this.#parts = parts;
    this.#key = `${parts.name}@${parts.transport.key}`;
    this.#watch = new SilenceWatch(parts.timing ?? SILENCE_TIMING, () => this.#onSilence());
  }

  get health(): SyncHealth {
    return this.#health;
  }

  /** Begins, or goes on where it was stopped. */
  start(): void {
    if (this.#running !== null) {
      return;
    }
    this.#running = new AbortController();
    void this.#run(this.#running.signal);
  }

  /** Ends every request, and lets another tab have the stream. */
  stop(): void {
    this.#running?.abort();
    this.#running = null;
    this.#watch.stop();
    this.#relay?.close();
    this.#relay = null;
    this.#heldBack = null;
    this.#report({ state: "off", role: null });
  }

  /** The network may be back: whoever waits for another try makes it now. */
  wake(): void {
    this.#pause.cutShort();
  }

  /** The events were replaced from elsewhere; `cursor` is where the feed goes on, if that is known. */
  loadedElsewhere(cursor: string | null): void {
    if (cursor !== null) {
      this.#report({ cursor });
    }
  }

  /** The core has lost events: everything is read again. */
  reload(): void {
    const wasRunning = this.#running !== null;
    this.stop();
    this.#report({ cursor: null });
    if (wasRunning) {
      this.start();
    }
  }

  /** Somebody has changed an event in this tab; the others are told. */
  localChange(eventId: string, describe: () => FeedChange): void {
    this.#divergence.localChange(eventId);
    this.#relay?.post({ type: "local", change: describe() });
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { leadership } = this.#parts;
    this.#relay = leadership === null ? null : Relay.open(this.#key, (message) => this.#hear(message, signal));
    const solo = leadership === null || this.#relay === null;
    this.#report({ role: solo ? "solo" : "follower" });
    try {
      await this.#retrying(signal, () => this.#catchUp(signal));
      if (solo) {
        await this.#hold(signal);
        return;
      }
      this.#follow(signal);
      await leadership.lead(signal, async () => {
        this.#report({ role: "leader" });
        await this.#hold(signal);
      });
    } catch (thrown) {
      if (!signal.aborted) {
        this.#parts.logger.error("synchronising has stopped because of a bug of this package", thrown);
        this.#failed(thrown);
      }
    }
  }

  /** Reads whatever has happened since the cursor: everything, where there is none yet. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    if (this.#health.cursor === null) {
      await this.#takeSnapshot(signal);
      return;
    }
    try {
      await this.#readChanges(this.#health.cursor, signal);
    } catch (thrown) {
      if (!isExpired(thrown)) {
        throw thrown;
      }
      await this.#takeSnapshot(signal);
    }
  }

  async #takeSnapshot(signal: AbortSignal): Promise<void> {
    const { transport, target } = this.#parts;
    this.#report({ state: "loading" });
    this.#upToDate = false;
    this.#heldBack = [];
    try {
      const cursor = await target.load(await transport.snapshot({ signal }));
      signal.throwIfAborted();
      if (cursor === null) {
        throw new SyncError("BAD_ANSWER", "the snapshot has no cursor", { retryable: true });
      }
      this.#divergence.snapshotTaken();
      this.#upToDate = true;
      this.#heard({ cursor });
    } finally {
      const heldBack = this.#heldBack ?? [];
      this.#heldBack = null;
      for (const message of heldBack) {
        this.#hear(message, signal);
      }
    }
  }

  async #readChanges(from: string, signal: AbortSignal): Promise<void> {
    let cursor = from;
    for (;;) {
      const page = await this.#parts.transport.changes(cursor, { signal });
      signal.throwIfAborted();
      for (const change of page.changes) {
        this.#apply(change);
      }
      const stuck = page.nextCursor === cursor;
      cursor = page.nextCursor;
      this.#heard({ cursor });
      if (page.upToDate !== null || stuck) {
        await this.#compare(page.upToDate, signal);
        return;
      }
    }
  }

  /** Waits in the second row, and asks the back end when the tab in the first has gone silent. */
  #follow(signal: AbortSignal): void {
    this.#report({ state: "following" });
    this.#onSilence = () => {
      this.#report({ state: "polling" });
      this.#catchUp(signal).catch((thrown: unknown) => this.#failed(thrown, signal));
    };
    this.#watch.start();
  }

  /** Holds the stream until `signal` ends it, with a new one whenever one ends. */
  async #hold(signal: AbortSignal): Promise<void> {
    await this.#retrying(signal, async () => {
      await this.#catchUpIfReset(signal);
      await this.#stream(this.#health.cursor as string, signal);
      throw new SyncError("NETWORK", "the stream has ended", { retryable: true });
    });
  }

  async #catchUpIfReset(signal: AbortSignal): Promise<void> {
    if (this.#health.cursor === null) {
      this.#relay?.post({ type: "reset" });
      await this.#takeSnapshot(signal);
    }
  }

  async #stream(cursor: string, outer: AbortSignal): Promise<void> {
    const request = new AbortController();
    const abort = (): void => request.abort(outer.reason);
    outer.addEventListener("abort", abort);
    // The stream begins with what has happened meanwhile.
    this.#upToDate = false;
    this.#onSilence = () => {
      request.abort(new SyncError("STREAM_SILENT", "the stream has gone silent", { retryable: true }));
    };
    this.#watch.start();
    try {
      for await (const message of this.#parts.transport.stream(cursor, { signal: request.signal })) {
        request.signal.throwIfAborted();
        this.#relay?.post({ type: "stream", message });
        await this.#take(message, "streaming", outer);
      }
    } catch (thrown) {
      if (isExpired(thrown)) {
        this.#report({ cursor: null });
      }
      throw thrown;
    } finally {
      outer.removeEventListener("abort", abort);
      this.#watch.stop();
      request.abort();
    }
  }

  #hear(message: RelayMessage, signal: AbortSignal): void {
    if (signal.aborted) {
      return;
    }
    if (this.#heldBack !== null) {
      this.#heldBack.push(message);
      return;
    }
    if (message.type === "local") {
      this.#divergence.localChange(message.change.eventId);
      this.#parts.target.applyRelayed(message.change);
    } else if (this.#health.role !== "leader") {
      this.#hearLeader(message, signal);
    }
  }

  #hearLeader(message: Exclude<RelayMessage, { type: "local" }>, signal: AbortSignal): void {
    this.#watch.touch();
    const done =
      message.type === "stream" ? this.#take(message.message, "following", signal) : this.#takeSnapshotAgain(signal);
    done.catch((thrown: unknown) => this.#failed(thrown, signal));
  }

  async #takeSnapshotAgain(signal: AbortSignal): Promise<void> {
    await this.#retrying(signal, () => this.#takeSnapshot(signal));
    this.#report({ state: "following" });
  }

  async #take(message: StreamMessage, state: "streaming" | "following", signal: AbortSignal): Promise<void> {
    this.#watch.touch();
    switch (message.type) {
      case "change":
        this.#apply(message.change);
        this.#heard({ state, cursor: message.cursor });
        return;
      case "bookmark":
        this.#heard({ state, cursor: message.cursor });
        await this.#compare(message.upToDate, signal);
        return;
      case "heartbeat":
        this.#heard({ state });
        if (this.#upToDate) {
          this.#parts.target.synced();
        }
    }
  }

  #apply(change: FeedChange): void {
    this.#divergence.feedChange(change.eventId);
    this.#parts.target.applyFeed(change);
  }

  async #compare(upToDate: UpToDate | null, signal: AbortSignal): Promise<void> {
    const { target, logger } = this.#parts;
    const verdict = this.#divergence.judge(upToDate?.checksum ?? null, () => target.checksum());
    if (verdict === "repair") {
      logger.warn("the events differ from the back end's: a fresh snapshot is taken");
      const { state } = this.#health;
      await this.#takeSnapshot(signal);
      this.#report({ state });
      return;
    }
    if (verdict === "diverged") {
      this.#report({ divergences: this.#divergence.count });
    }
    this.#upToDate = upToDate !== null;
    if (this.#upToDate) {
      target.synced();
    }
  }

  /** Tries until it works or `signal` ends it, with growing pauses that the core decides. */
  async #retrying(signal: AbortSignal, attempt: () => Promise<void>): Promise<void> {
    let expirations = 0;
    while (!signal.aborted) {
      try {
        await attempt();
        return;
      } catch (thrown) {
        if (signal.aborted) {
          return;
        }
        // An expired cursor is no failure: the next attempt takes a snapshot. But it is one when that does not help.
        expirations = isExpired(thrown) ? expirations + 1 : 0;
        if (expirations !== 1) {
          this.#failed(thrown);
          await this.#pause.wait(this.#parts.target.retryDelayMs(this.#patience(thrown, expirations)), signal);
        }
      }
    }
  }

  #patience(thrown: unknown, expirations: number): number {
    const hopeless = thrown instanceof SyncError && !thrown.retryable;
    return hopeless ? HOPELESS_FAILURES : Math.max(this.#health.failures, expirations);
  }

  #heard(news: Partial<SyncHealth>): void {
    this.#report({ ...news, failures: 0, lastError: null, lastContactAt: this.#parts.target.now() });
  }

  #failed(thrown: unknown, signal?: AbortSignal): void {
    if (signal?.aborted === true) {
      return;
    }
    const failures = this.#health.failures + 1;
    const lastError = Object.freeze({
      code: thrown instanceof SyncError ? thrown.code : "UNEXPECTED",
      message: thrown instanceof Error ? thrown.message : String(thrown),
    });
    if (failures === 1) {
      this.#parts.logger.warn(`synchronising fails: ${lastError.message}; the last good state stays in use`);
    }
    this.#report({ state: "retrying", failures, lastError });
  }

  #report(news: Partial<SyncHealth>): void {
    this.#health = Object.freeze({ ...this.#health, ...news, divergences: this.#divergence.count });
    this.#parts.target.changed();
  }
}

function isExpired(thrown: unknown): boolean {
  return thrown instanceof SyncError && thrown.code === "CURSOR_EXPIRED";
}
