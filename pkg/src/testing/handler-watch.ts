import type { ClientEventScheduler } from "../scheduler.js";
import type { TriggerHandler } from "../types/deliveries.js";
import { turn, within } from "./turns.js";

type OnTrigger = ClientEventScheduler["onTrigger"];

/** Knows which handlers of a scheduler have not answered, so that time does not run away from them. */
export class HandlerWatch {
  readonly #patienceMs: number;
  readonly #pending = new Set<Promise<void>>();

  /** From now on the handlers of `scheduler` are watched. They may take `patienceMs` real milliseconds. */
  constructor(scheduler: ClientEventScheduler, patienceMs: number) {
    this.#patienceMs = patienceMs;
    const original = scheduler.onTrigger.bind(scheduler) as (...args: unknown[]) => ReturnType<OnTrigger>;
    const watched = (...args: unknown[]): ReturnType<OnTrigger> =>
      original(...args.map((arg) => (typeof arg === "function" ? this.#watched(arg as TriggerHandler) : arg)));
    scheduler.onTrigger = watched as OnTrigger;
  }

  /** Resolves when every handler has answered. Who takes too long is waited for no more: its time runs on. */
  async answered(): Promise<void> {
    while (this.#pending.size > 0) {
      const waitedFor = [...this.#pending];
      if (!(await within(this.#patienceMs, Promise.all(waitedFor)))) {
        for (const late of waitedFor) {
          this.#pending.delete(late);
        }
      }
    }
    await turn();
  }

  #watched(handler: TriggerHandler): TriggerHandler {
    return (delivery) => {
      const answer = handler(delivery);
      const over = Promise.resolve(answer).then(
        () => undefined,
        () => undefined,
      );
      this.#pending.add(over);
      void over.then(() => this.#pending.delete(over));
      return answer;
    };
  }
}
