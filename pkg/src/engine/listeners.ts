import { LimitExceededError } from "../errors/errors.js";
import type { Logger } from "../ports/logger.js";
import type { Unsubscribe } from "../types/scheduler-types.js";

/** Handlers that one scheduler takes. More is a leak: a subscription that nobody ends. */
export const MAX_HANDLERS = 1000;

/** Counts the handlers of one scheduler, over all its lists. */
export class HandlerBudget {
  #used = 0;

  take(): void {
    if (this.#used >= MAX_HANDLERS) {
      throw new LimitExceededError(
        `one scheduler takes ${MAX_HANDLERS} handlers: is every subscription ended by the function it returned?`,
        MAX_HANDLERS,
        this.#used + 1,
      );
    }
    this.#used += 1;
  }

  giveBack(): void {
    this.#used -= 1;
  }
}

interface Registration<A> {
  readonly handler: (argument: A) => void;
  ended: boolean;
}

/** A list of handlers. One that throws is logged and does not keep the others from being called. */
export class Listeners<A> {
  /** Never changed, only replaced: whoever goes through it sees what was there at the start. */
  #registered: readonly Registration<A>[] = [];
  readonly #budget: HandlerBudget;
  readonly #logger: Logger;
  readonly #onEmpty: () => void;

  /** `onEmpty` is called when the last handler has been removed. */
  constructor(budget: HandlerBudget, logger: Logger, onEmpty: () => void = () => undefined) {
    this.#budget = budget;
    this.#logger = logger;
    this.#onEmpty = onEmpty;
  }

  get size(): number {
    return this.#registered.length;
  }

  add(handler: (argument: A) => void): Unsubscribe {
    this.#budget.take();
    const registration = { handler, ended: false };
    this.#registered = [...this.#registered, registration];
    return () => {
      if (!registration.ended) {
        registration.ended = true;
        this.#registered = this.#registered.filter((other) => other !== registration);
        this.#budget.giveBack();
        if (this.#registered.length === 0) {
          this.#onEmpty();
        }
      }
    };
  }

  /** Calls every handler that was there at the start and has not been removed meanwhile. */
  emit(argument: A): void {
    for (const registration of this.#registered) {
      if (!registration.ended) {
        this.#call(registration.handler, argument);
      }
    }
  }

  #call(handler: (argument: A) => unknown, argument: A): void {
    try {
      const answer = handler(argument);
      if (answer instanceof Promise) {
        answer.catch((thrown: unknown) => this.#report(thrown));
      }
    } catch (thrown) {
      this.#report(thrown);
    }
  }

  #report(thrown: unknown): void {
    this.#logger.error("a handler failed; the scheduler goes on", thrown);
  }
}
