import { checkHandler } from "./arguments.js";
import { KINDS, kindBit } from "./engine/decode.js";
import type { Engine } from "./engine/engine.js";
import type { HandlerBudget } from "./engine/listeners.js";
import { ApiMisuseError } from "./errors/errors.js";
import type { Logger } from "./ports/logger.js";
import type { TriggerHandler } from "./types/deliveries.js";
import type { Unsubscribe } from "./types/scheduler-types.js";
import type { TriggerDelivery, TriggerKind } from "./types/triggers.js";

type TriggerKinds = TriggerKind | readonly TriggerKind[];

/** One bit for each. */
const ALL_KINDS = (1 << KINDS.length) - 1;

interface Registration {
  /** Bit `n` for the kind of number `n`. */
  readonly kinds: number;
  readonly handler: TriggerHandler;
}

/** The core keeps half of it; a message without end need not cross. */
const MOST_REASON = 1024;

/**
 * The handlers of deliveries, and what the core is told of them: for which kinds there are some, and what has become of
 * each delivery. Whether and when there is another attempt is the core's to decide.
 */
export class TriggerHandlers {
  readonly #engine: Engine;
  readonly #budget: HandlerBudget;
  readonly #logger: Logger;
  readonly #answered: () => void;
  readonly #registered = new Set<Registration>();
  /** Kinds that had a handler at some time: the core may wait for an answer about one of them. */
  #everHandled = 0;

  /** `answered` is called when the core has been told what has become of a delivery. */
  constructor(engine: Engine, budget: HandlerBudget, logger: Logger, answered: () => void) {
    this.#engine = engine;
    this.#budget = budget;
    this.#logger = logger;
    this.#answered = answered;
  }

  /** Bit `n` for the kind of number `n`: the kinds that have a handler now. */
  get handled(): number {
    let kinds = 0;
    for (const registration of this.#registered) {
      kinds |= registration.kinds;
    }
    return kinds;
  }

  /** Takes a handler, or the kinds that concern it and a handler. */
  add(first: TriggerKinds | TriggerHandler, second?: TriggerHandler): Unsubscribe {
    const [kinds, handler] = typeof first === "function" ? [ALL_KINDS, first] : [kindBits(first), second];
    checkHandler(handler);
    return this.#register({ kinds, handler: handler as TriggerHandler });
  }

  #register(registration: Registration): Unsubscribe {
    this.#budget.take();
    this.#registered.add(registration);
    try {
      this.#tellCore();
    } catch (thrown) {
      this.#forget(registration);
      throw thrown;
    }
    this.#everHandled |= registration.kinds;
    return () => {
      if (this.#forget(registration) && !this.#engine.disposed) {
        this.#tellCore();
      }
    };
  }

  /** Calls the handlers of a delivery, and answers the core when all of them are done. */
  deliver(delivery: TriggerDelivery): void {
    const bit = kindBit(delivery.kind);
    if ((this.#everHandled & bit) === 0) {
      return;
    }
    const pending: Promise<unknown>[] = [];
    const failures: unknown[] = [];
    for (const registration of [...this.#registered]) {
      const concerned = (registration.kinds & bit) !== 0 && this.#registered.has(registration);
      if (concerned && !this.#engine.disposed) {
        this.#call(registration.handler, delivery, pending, failures);
      }
    }
    if (pending.length === 0) {
      this.#answer(delivery, failures);
      return;
    }
    // Not before all are done: another attempt calls every one of them again.
    void Promise.all(pending).then(() => this.#answer(delivery, failures));
  }

  #call(handler: TriggerHandler, delivery: TriggerDelivery, pending: Promise<unknown>[], failures: unknown[]): void {
    try {
      const answer = handler(delivery);
      if (isThenable(answer)) {
        pending.push(Promise.resolve(answer).catch((thrown: unknown) => failures.push(thrown)));
      }
    } catch (thrown) {
      failures.push(thrown);
    }
  }

  #answer({ triggerId, attempt }: TriggerDelivery, failures: readonly unknown[]): void {
    if (this.#engine.disposed) {
      return;
    }
    try {
      if (failures.length === 0) {
        this.#engine.control.acknowledge(triggerId);
        this.#answered();
        return;
      }
      const reason = reasonOf(failures[0]);
      const followUp = this.#engine.control.fail(triggerId, attempt, reason);
      this.#answered();
      const next = followUp === "retrying" ? "; it will be called again" : "";
      this.#logger.error(`a handler of ${triggerId} failed at attempt ${attempt}: ${reason}${next}`, failures[0]);
    } catch (thrown) {
      // Nobody has called who could catch it.
      this.#logger.error(`the answer to ${triggerId} was lost`, thrown);
    }
  }

  #forget(registration: Registration): boolean {
    const was = this.#registered.delete(registration);
    if (was) {
      this.#budget.giveBack();
    }
    return was;
  }

  #tellCore(): void {
    this.#engine.control.setHandled(this.handled);
  }
}

function kindBits(kinds: TriggerKinds): number {
  const named: unknown = typeof kinds === "string" ? [kinds] : kinds;
  const numbers = Array.isArray(named) ? named.map((kind) => KINDS.indexOf(kind)) : [];
  if (numbers.length === 0 || numbers.includes(-1)) {
    throw new ApiMisuseError("WRONG_ARGUMENT", `kinds is one or several of ${KINDS.join(", ")}`);
  }
  return numbers.reduce((bits, number) => bits | (1 << number), 0);
}

function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  return (
    ((typeof answer === "object" && answer !== null) || typeof answer === "function") &&
    typeof (answer as { readonly then?: unknown }).then === "function"
  );
}

/** Whatever was thrown: even what cannot be made a text. */
function reasonOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown).slice(0, MOST_REASON);
  } catch {
    return "it threw something that cannot be shown";
  }
}
