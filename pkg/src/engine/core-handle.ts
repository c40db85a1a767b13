import { ApiMisuseError, InternalError, type SchedulerError } from "../errors/errors.js";
import { fromRaw } from "../errors/from-raw.js";
import type { Logger } from "../ports/logger.js";
import type { RawModule, RawScheduler } from "../wasm/raw.js";
import type { Recovered } from "./recover.js";
import { Scratch } from "./scratch.js";

/** What a core handle needs. */
export interface CoreParts {
  readonly module: RawModule;
  readonly config: string;
  readonly logger: Logger;
  /** Epoch milliseconds. Must not throw: an exception would unwind through WebAssembly. */
  readonly now: () => number;
  /** The time is moved by hand: a core that runs arms no timers. */
  readonly manual: boolean;
  /** Takes outputs. Rust is on the stack: nothing but storing them is allowed here. */
  readonly receive: (ids: readonly string[], records: Float64Array) => void;
  /** Dispatches what was received. No Rust is on the stack. */
  readonly dispatch: () => void;
  /** Brings the events of a core that has failed into its successor. */
  readonly recover: (failed: Core, fresh: Core) => Recovered;
  /** The core has failed and was replaced; `null` means that replacing it failed too. */
  readonly rebuilt: (recovered: Recovered | null) => void;
}

/** A core and the buffer through which text gets into it. */
export interface Core {
  readonly raw: RawScheduler;
  readonly scratch: Scratch;
}

/**
 * Owns the core. Every call into WebAssembly goes through here or through {@link CoreHandle.core} inside a `try` that
 * ends in {@link CoreHandle.failure}, so that a core that has failed is replaced and never left half dead.
 */
export class CoreHandle {
  readonly #parts: CoreParts;
  #core: Core;
  /** Why there is no working core, or `null`. */
  #dead: SchedulerError | null = null;
  /** Counts the cores, so that one that was replaced is no longer listened to. */
  #generation = 0;
  #running = false;
  #rebuilding = false;
  /** More than 0 while a call is under way that will itself dispatch what the core puts out. */
  #calling = 0;

  constructor(parts: CoreParts) {
    this.#parts = parts;
    try {
      this.#core = this.#create();
    } catch (thrown) {
      throw fromRaw(thrown) ?? new InternalError("the core could not be created", thrown);
    }
  }

  /** The core, for calls that must cost nothing more. Throws when the scheduler is disposed or beyond repair. */
  get core(): Core {
    if (this.#dead !== null) {
      throw this.#dead;
    }
    return this.#core;
  }

  get disposed(): boolean {
    return this.#dead !== null;
  }

  get running(): boolean {
    return this.#running;
  }

  start(): void {
    this.call((core) => this.#begin(core));
    this.#running = true;
  }

  stop(): void {
    this.call(({ raw }) => raw.stop());
    this.#running = false;
  }

  /** Calls the core, then dispatches what it has put out. */
  call<T>(use: (core: Core) => T): T {
    const core = this.core;
    let result: T;
    this.#calling += 1;
    try {
      result = use(core);
    } catch (thrown) {
      throw this.failure(thrown);
    } finally {
      this.#calling -= 1;
    }
    if (this.#calling === 0) {
      this.#parts.dispatch();
    }
    return result;
  }

  /** Dispatches what the core has put out. */
  flush(): void {
    this.call(flush);
  }

  /** The error for what a call has thrown. Where the core itself has failed, replaces it first. */
  failure(thrown: unknown): SchedulerError {
    if (thrown instanceof InternalError || thrown === this.#dead) {
      return thrown as SchedulerError;
    }
    return fromRaw(thrown) ?? this.#replaceCore(thrown);
  }

  /** Stops and gives the memory back. Rust may be on the stack now: the memory goes when it no longer is. */
  dispose(): void {
    if (this.#dead !== null) {
      return;
    }
    const { raw } = this.#core;
    this.#dead = new ApiMisuseError("DISPOSED", "this scheduler was disposed: create another one");
    this.#running = false;
    quietly(() => raw.stop());
    queueMicrotask(() => quietly(() => raw.free()));
  }

  #begin({ raw }: Core): void {
    this.#parts.manual ? raw.tick() : raw.start();
  }

  #create(): Core {
    const { module, config, now } = this.#parts;
    this.#generation += 1;
    const generation = this.#generation;
    const raw = new module.ClientEventScheduler(config, now, (ids, records) => {
      if (generation === this.#generation && this.#dead === null) {
        this.#receive(ids, records);
      }
    });
    return { raw, scratch: new Scratch(raw, module.memory) };
  }

  #receive(ids: string, records: Float64Array): void {
    this.#parts.receive(ids.split("\n"), records);
    if (this.#calling === 0) {
      // A timer of the core: it is on the stack still.
      queueMicrotask(this.#parts.dispatch);
    }
  }

  #replaceCore(cause: unknown): InternalError {
    const { logger, recover, rebuilt } = this.#parts;
    if (this.#rebuilding) {
      return new InternalError("the core failed again while it was built anew", cause);
    }
    this.#rebuilding = true;
    const failed = this.#core;
    let recovered: Recovered | null = null;
    try {
      this.#core = this.#create();
      quietly(() => failed.raw.stop());
      recovered = recover(failed, this.#core);
      if (this.#running) {
        this.#begin(this.#core);
      }
    } catch (thrown) {
      this.#dead = new InternalError("the core failed and could not be built anew: create another scheduler", thrown);
      logger.error(this.#dead.message, thrown);
    } finally {
      this.#rebuilding = false;
    }
    rebuilt(recovered);
    return this.#dead instanceof InternalError
      ? this.#dead
      : new InternalError("the core failed and was built anew: this call has done nothing", cause);
  }
}

const flush = ({ raw }: Core): void => raw.flush();

/** For a core that is being given up: there is nobody left whom its failure concerns. */
function quietly(use: () => void): void {
  try {
    use();
  } catch {
    // See above.
  }
}
