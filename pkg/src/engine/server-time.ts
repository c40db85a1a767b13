import type { KeptNumber } from "../page/kept-number.js";
import type { Clock } from "../ports/clock.js";
import type { ServerNews, ServerTimeSample } from "../ports/transport.js";
import type { RawScheduler } from "../wasm/raw.js";

/** What is known of the back end's clock. */
export interface ServerTimeHealth {
  /** How far it is ahead of the device's, in milliseconds, give or take `boundMs`; `null` where that is not known. */
  readonly offsetMs: number | null;
  readonly boundMs: number | null;
  /** The device's clock is wrong by more than a minute. */
  readonly wrong: boolean;
  /** Another request would make the estimate better. */
  readonly wanted: boolean;
}

const UNKNOWN: ServerTimeHealth = { offsetMs: null, boundMs: null, wrong: false, wanted: false };
/** A difference below this is nothing that has to be known before the first answer. */
const WORTH_KEEPING_MS = 1000;

/** A clock that is put right by what the back end says of its own. */
export class ServerTime {
  readonly #clock: Clock;
  readonly #kept: KeptNumber | undefined;
  /** How far the device's clock is taken to be ahead as long as nothing was heard. */
  #ahead: number;
  /** The back end has reached this instant. */
  #reached = Number.NEGATIVE_INFINITY;
  /** The core that has taken samples, and the last of them: its successor begins with that. */
  #raw: RawScheduler | null = null;
  #last: ServerTimeSample | null = null;

  /**
   * `kept` is by how much the device's clock was ahead at an earlier visit. Until something is heard it is taken to be that
   * still: what fires too late is caught up, what fires too early is not taken back.
   */
  constructor(clock: Clock, kept?: KeptNumber) {
    this.#clock = clock;
    this.#kept = clock.monotonic === undefined ? undefined : kept;
    this.#ahead = this.#kept?.read() || 0;
  }

  /** The time to go by, in epoch milliseconds. */
  now(): number {
    const wall = this.#clock.now();
    return this.#raw === null
      ? Math.max(wall - this.#ahead, this.#reached)
      : this.#raw.server_now(wall, this.#clock.monotonic?.() ?? 0);
  }

  /** Whether there is anything to be learned: a clock that the application vouches for is left alone. */
  get learns(): boolean {
    return this.#clock.monotonic !== undefined;
  }

  /** Takes what an answer says. The part of the core for it must be there. */
  learn({ sample, watermark }: ServerNews, raw: RawScheduler): void {
    this.#reached = watermark ?? this.#reached;
    if (sample === undefined) {
      return;
    }
    const { sent, received, serverReceivedAt, serverSentAt } = sample;
    if (
      raw.observe_server(sent.wall, sent.monotonic, received.wall, received.monotonic, serverReceivedAt, serverSentAt)
    ) {
      this.#raw = raw;
      this.#last = sample;
      this.#keep(-(raw.server_health().offsetMs ?? 0));
    }
  }

  /** A core that has failed is replaced. */
  moveTo(raw: RawScheduler): void {
    this.#raw = null;
    if (this.#last !== null) {
      this.learn({ sample: this.#last }, raw);
    }
  }

  /** As of now. */
  health(): ServerTimeHealth {
    if (this.#raw === null) {
      return UNKNOWN;
    }
    this.now();
    return this.#raw.server_health();
  }

  /** From here on the device's clock alone counts. */
  forget(): void {
    this.#raw = null;
    this.#last = null;
    this.#ahead = 0;
    this.#reached = Number.NEGATIVE_INFINITY;
  }

  #keep(ahead: number): void {
    const worthKeeping = Math.max(0, ahead);
    if (Math.abs(worthKeeping - this.#ahead) > WORTH_KEEPING_MS) {
      this.#ahead = worthKeeping;
      this.#kept?.write(worthKeeping);
    }
  }
}
