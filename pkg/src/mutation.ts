import type { Engine } from "./engine/engine.js";
import type { MutationOutcome, MutationResult } from "./types/scheduler-types.js";
import type { QueuedTrigger } from "./types/triggers.js";

/** The result of a mutation; the next trigger is looked up only when somebody reads it. */
export class Mutation implements MutationResult {
  readonly outcome: MutationOutcome;
  readonly #engine: Engine;
  #nextTrigger: QueuedTrigger | null | undefined;

  constructor(outcome: MutationOutcome, engine: Engine) {
    this.outcome = outcome;
    this.#engine = engine;
  }

  get nextTrigger(): QueuedTrigger | null {
    if (this.#nextTrigger === undefined) {
      this.#nextTrigger = this.#engine.disposed ? null : this.#engine.nextTrigger();
    }
    return this.#nextTrigger;
  }

  /** So that the result can be logged and compared as a whole. */
  toJSON(): MutationResult {
    return { outcome: this.outcome, nextTrigger: this.nextTrigger };
  }
}
