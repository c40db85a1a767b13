import { SyncError } from "../errors/errors.js";
import type { Logger } from "../ports/logger.js";
import type { ChangesPage, FeedChange, StreamMessage, Transport, UpToDate } from "../ports/transport.js";
import { ClockProbe } from "./clock-probe.js";
import { DivergenceCheck } from "./divergence.js";
import type { Leadership } from "./leadership.js";
import { Pause } from "./pause.js";
import { PollWait } from "./poll-wait.js";
import { openRelay, type Relay, type RelayMessage } from "./relay.js";
import { Requests } from "./requests.js";
import { isExpired, retrying } from "./retrying.js";
import { SILENCE_TIMING, type SilenceTiming, SilenceWatch } from "./silence-watch.js";
import { SYNC_OFF, type SyncHealth } from "./sync-health.js";
import type { FeedOrigin, SyncTarget } from "./sync-target.js";

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

/** Streams that say nothing, one after the other and between requests that are answered, before there is taken to be none; and for how long. */
const VAIN_STREAMS = 3;
const STREAM_AGAIN_MS = 600_000;
/** The tab that asks for all says this often that it is there, in ticks of about a second. */
const ALIVE_TICKS = 10;

/**
 * Keeps the events in step with a back end: a snapshot first, then its changes. One tab of the browser holds the stream, or
 * asks where there is none, and passes on what it hears; the others follow, and ask for themselves when that tab has gone
 * silent.
 */
export class SyncLoop {
  readonly #parts: SyncParts;
  readonly #key: string;
  readonly #pause = new Pause();
  readonly #divergence = new DivergenceCheck();
  readonly #watch: SilenceWatch;
  readonly #probe: ClockProbe;
  readonly #requests: Requests;
  readonly #pollWait: PollWait;
  #relay: Relay | null = null;
  #running: AbortController | null = null;
  #health: SyncHealth = SYNC_OFF;
  /** What other tabs have said while the back end was being read; it may be newer than the answer. */
  #heldBack: RelayMessage[] | null = null;
  /** Everything that the back end had sent was applied, and nothing has come since that might be the beginning of more. */
  #upToDate = false;
  /** Called when nothing was heard for too long. */
  #onSilence: () => void = () => undefined;
  #vainStreams = 0;
  #ticks = 0;

  constructor(parts: SyncParts) {
    this.#parts = parts;
    this.#key = `${parts.name}@${parts.transport.key}`;
    this.#watch = new SilenceWatch(parts.timing ?? SILENCE_TIMING, () => this.#onSilence());
    this.#requests = new Requests(parts.transport, parts.target);
    this.#pollWait = new PollWait(this.#pause, parts.target);
    this.#probe = new ClockProbe(
      () => parts.target.clockWanted(),
      (signal) => this.#requests.changes(this.#health.cursor ?? "", signal),
    );
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

  /** Time has passed; to be called about once a second where the page has a wake source. */
  tick(): void {
    const { role, state } = this.#health;
    this.#ticks += 1;
    if (role === "leader" && state !== "streaming" && this.#ticks % ALIVE_TICKS === 0) {
      this.#relay?.post({ type: "alive" });
    }
    this.#pollWait.tick();
  }

  /** The events were replaced from elsewhere; `cursor` is where the feed goes on, if that is known. */
  loadedElsewhere(cursor: string | null): void {
    this.#report({ cursor: cursor ?? this.#health.cursor });
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
    this.#relay = leadership === null ? null : openRelay(this.#key, (message) => this.#hear(message, signal));
    const solo = leadership === null || this.#relay === null;
    this.#report({ role: solo ? "solo" : "follower" });
    try {
      await this.#retrying(signal, () => this.#catchUp(signal));
      if (solo) {
        await this.#lead(signal);
        return;
      }
      this.#follow(signal);
      await leadership.lead(signal, async () => {
        this.#report({ role: "leader" });
        await this.#lead(signal);
      });
    } catch (thrown) {
      if (!signal.aborted) {
        this.#parts.logger.error("synchronising has stopped because of a bug of this package", thrown);
        this.#failed(thrown);
      }
    }
  }

  // ---- reading

  /** Reads whatever has happened since the cursor: everything, where there is none yet. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    const { cursor } = this.#health;
    if (cursor === null) {
      return this.#startOver(signal);
    }
    try {
      await this.#holdingBack(signal, () => this.#readChanges(cursor, signal));
    } catch (thrown) {
      if (!isExpired(thrown)) {
        throw thrown;
      }
      await this.#startOver(signal);
    }
  }

  /** Has every tab take a snapshot, where this one asks for all. */
  async #startOver(signal: AbortSignal): Promise<void> {
    if (this.#health.role === "leader") {
      this.#relay?.post({ type: "reset" });
    }
    await this.#takeSnapshot(signal);
  }

  async #takeSnapshot(signal: AbortSignal, origin: FeedOrigin = "backEnd"): Promise<void> {
    const { target } = this.#parts;
    this.#report({ state: "loading" });
    this.#upToDate = false;
    await this.#holdingBack(signal, async () => {
      const cursor = await this.#requests.snapshot(signal, (source) => target.load(source, origin));
      signal.throwIfAborted();
      if (cursor === null) {
        throw new SyncError("BAD_ANSWER", "the snapshot has no cursor", { retryable: true });
      }
      this.#divergence.snapshotTaken();
      this.#upToDate = true;
      this.#heard({ cursor });
    });
  }

  async #readChanges(from: string, signal: AbortSignal): Promise<void> {
    let cursor = from;
    for (;;) {
      const page = await this.#requests.changes(cursor, signal);
      signal.throwIfAborted();
      if (this.#health.role === "leader") {
        this.#relay?.post({ type: "page", page });
      }
      await this.#takePage(page, false, signal);
      if (page.upToDate !== null || page.nextCursor === cursor) {
        return;
      }
      cursor = page.nextCursor;
    }
  }

  /** What other tabs say of the back end while it is being read waits until that is done. */
  async #holdingBack(signal: AbortSignal, read: () => Promise<void>): Promise<void> {
    if (this.#heldBack !== null) {
      return read();
    }
    const heldBack: RelayMessage[] = [];
    this.#heldBack = heldBack;
    try {
      await read();
    } finally {
      if (this.#heldBack === heldBack) {
        this.#heldBack = null;
      }
      for (const message of heldBack) {
        this.#hear(message, signal);
      }
    }
  }

  // ---- the tab that hears the back end for all

  /** By its stream, or by asking where there is none, or none that works. */
  async #lead(signal: AbortSignal): Promise<void> {
    this.#watch.stop();
    const { stream } = this.#parts.transport;
    this.#vainStreams = 0;
    while (!signal.aborted) {
      if (stream !== undefined) {
        await this.#holdStream(signal);
        // One that fails once more is not waited for again.
        this.#vainStreams = VAIN_STREAMS - 1;
      }
      await this.#poll(stream === undefined ? Number.POSITIVE_INFINITY : STREAM_AGAIN_MS, signal);
    }
  }

  /** Holds the stream until `signal` ends it, with a new one whenever one ends; or until only the stream does not work. */
  async #holdStream(signal: AbortSignal): Promise<void> {
    await this.#retrying(signal, async () => {
      if (this.#vainStreams > 0 || this.#health.cursor === null) {
        await this.#catchUp(signal);
      }
      if (this.#vainStreams < VAIN_STREAMS) {
        await this.#stream(this.#health.cursor as string, signal);
        throw new SyncError("NETWORK", "the stream has ended", { retryable: true });
      }
    });
    if (!signal.aborted) {
      this.#parts.logger.warn("the stream does not work: the back end is asked from time to time instead");
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
    this.#vainStreams += 1;
    try {
      for await (const message of this.#parts.transport.stream?.(cursor, { signal: request.signal }) ?? []) {
        request.signal.throwIfAborted();
        this.#vainStreams = 0;
        this.#relay?.post({ type: "stream", message });
        await this.#take(message, "streaming", outer);
      }
    } catch (thrown) {
      if (isExpired(thrown)) {
        this.#vainStreams = 0;
        this.#report({ cursor: null });
      }
      throw thrown;
    } finally {
      outer.removeEventListener("abort", abort);
      this.#watch.stop();
      request.abort();
    }
  }

  /** Asks from time to time, for so many milliseconds. */
  async #poll(forMs: number, signal: AbortSignal): Promise<void> {
    const until = performance.now() + forMs;
    while (!signal.aborted) {
      this.#report({ state: "polling" });
      if (!(await this.#pollWait.over(this.#health.lastContactAt ?? 0, until, signal))) {
        return;
      }
      await this.#retrying(signal, () => this.#catchUp(signal));
    }
  }

  // ---- the tabs that follow

  /** Waits in the second row, and asks the back end when the tab in the first has gone silent. */
  #follow(signal: AbortSignal): void {
    this.#report({ state: "following" });
    this.#onSilence = () => {
      this.#report({ state: "polling" });
      this.#catchUp(signal).catch((thrown: unknown) => this.#failed(thrown, signal));
    };
    this.#watch.start();
  }

  #hear(message: RelayMessage, signal: AbortSignal): void {
    if (signal.aborted) {
      return;
    }
    const { role, state } = this.#health;
    if (this.#heldBack !== null && (message.type !== "local" || state === "loading")) {
      this.#heldBack.push(message);
    } else if (message.type === "local") {
      this.#divergence.localChange(message.change.eventId);
      this.#parts.target.applyRelayed(message.change);
    } else if (role !== "leader") {
      this.#watch.touch();
      this.#obey(message, signal).catch((thrown: unknown) => this.#failed(thrown, signal));
    }
  }

  async #obey(message: Exclude<RelayMessage, { type: "local" }>, signal: AbortSignal): Promise<void> {
    switch (message.type) {
      case "stream":
        return this.#take(message.message, "following", signal);
      case "page":
        await this.#takePage(message.page, true, signal);
        break;
      case "reset":
        await this.#retrying(signal, () => this.#takeSnapshot(signal));
        break;
      case "alive":
        if (this.#health.state !== "polling") {
          return;
        }
    }
    this.#report({ state: "following" });
  }

  // ---- what was heard

  async #take(message: StreamMessage, state: "streaming" | "following", signal: AbortSignal): Promise<void> {
    this.#watch.touch();
    switch (message.type) {
      case "change":
        this.#apply(message.change);
        this.#heard({ state, cursor: message.cursor });
        return;
      case "bookmark":
        this.#heard({ state, cursor: message.cursor });
        await this.#compare(message.upToDate, state === "following", signal);
        break;
      case "heartbeat":
        this.#heard({ state });
        if (this.#upToDate) {
          this.#parts.target.synced();
        }
    }
    this.#probe.look(signal);
  }

  async #takePage(page: ChangesPage, relayed: boolean, signal: AbortSignal): Promise<void> {
    // Nothing follows, and the back end does not say so.
    const stuck = page.nextCursor === this.#health.cursor;
    for (const change of page.changes) {
      this.#apply(change);
    }
    this.#heard({ cursor: page.nextCursor });
    if (page.upToDate !== null || stuck) {
      await this.#compare(page.upToDate, relayed, signal);
    }
  }

  #apply(change: FeedChange): void {
    this.#divergence.feedChange(change.eventId);
    this.#parts.target.applyFeed(change);
  }

  async #compare(upToDate: UpToDate | null, relayed: boolean, signal: AbortSignal): Promise<void> {
    const { target } = this.#parts;
    const verdict = this.#divergence.judge(upToDate?.checksum ?? null, performance.now(), target.checksum, relayed);
    if (verdict === "ask" || verdict === "repair") {
      const { state } = this.#health;
      await (verdict === "ask" ? this.#retrying(signal, () => this.#catchUp(signal)) : this.#repair(signal));
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

  #repair(signal: AbortSignal): Promise<void> {
    this.#parts.logger.warn("the events differ from the back end's: a fresh snapshot is taken");
    // What the feed has on its way may be older than the snapshot.
    return this.#takeSnapshot(signal, "sameFeed");
  }

  // ---- failures

  async #retrying(signal: AbortSignal, attempt: () => Promise<void>): Promise<void> {
    const { target } = this.#parts;
    await retrying({ pause: this.#pause, target, failed: (thrown) => this.#failed(thrown) }, signal, attempt);
  }

  #heard(news: Partial<SyncHealth>): void {
    this.#report({ ...news, failures: 0, lastError: null, lastContactAt: this.#parts.target.now() });
  }

  /** Answers how many requests have failed in a row. */
  #failed(thrown: unknown, signal?: AbortSignal): number {
    if (signal?.aborted === true) {
      return 0;
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
    return failures;
  }

  #report(news: Partial<SyncHealth>): void {
    this.#health = Object.freeze({ ...this.#health, ...news, divergences: this.#divergence.count });
    this.#parts.target.changed();
  }
}
