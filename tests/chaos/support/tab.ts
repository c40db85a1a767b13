import type { Fault } from "./fault.js";
import type { ChaosPage, TabView } from "./wire.js";

const READY_MS = 20_000;
const READY = `globalThis.chaos !== undefined || new Promise((resolve) => {
  addEventListener("chaos", () => resolve(true), { once: true });
})`;

export type SetUp = Pick<Fault, "quotaBytes">;

/** What can be done to a tab, in each browser in its own way. */
export interface TabControl {
  /** Errors and warnings of the console, and what nobody caught. */
  readonly complaints: readonly string[];
  /** The value of an expression, or of the promise that it is. */
  evaluate(expression: string): Promise<unknown>;
  visit(url: string): Promise<void>;
  back(): Promise<void>;
  /** Why the page was not kept in the back/forward cache, where the browser says so. */
  readonly notCached: string;
  reload(): Promise<void>;
  toFront(): Promise<void>;
  close(): Promise<void>;
  /** Ends the process of the page, as a lack of memory does. */
  crash(): Promise<void>;
  /** Whether the browser freezes tabs. */
  readonly freezes: boolean;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Ends the workers of the tab from inside, which no event tells of. */
  endWorkers(): Promise<void>;
}

/** One tab of the browser. */
export class Tab<Control extends TabControl = TabControl> {
  /** Whether it can be asked. A tab that has crashed or was closed cannot. */
  alive = true;

  constructor(
    readonly name: string,
    readonly control: Control,
  ) {}

  get complaints(): readonly string[] {
    return this.control.complaints;
  }

  /** When the scheduler of the page runs. */
  async ready(): Promise<void> {
    let patience: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const console = () => this.complaints.join("\n");
      patience = setTimeout(
        () => reject(new Error(`tab ${this.name} is not ready; its console: ${console()}`)),
        READY_MS,
      );
    });
    await Promise.race([this.evaluate(READY), late]).finally(() => clearTimeout(patience));
  }

  view(): Promise<TabView> {
    return this.#ask("view()");
  }

  explain(triggerId: string): Promise<string> {
    return this.#ask(`explain(${JSON.stringify(triggerId)})`);
  }

  retryDeadLetters(): Promise<number> {
    return this.#ask("retryDeadLetters()");
  }

  hang(ms: number, when: Parameters<ChaosPage["hang"]>[1]): Promise<void> {
    return this.#ask(`hang(${ms}, ${JSON.stringify(when)})`);
  }

  storedBytes(): Promise<number> {
    return this.#ask("storedBytes()");
  }

  /** The next call of the core fails. */
  async trap(): Promise<void> {
    await this.evaluate("void (globalThis.trap = true)");
  }

  /** Fills what the browser lets the origin store. */
  fillStorage(): Promise<void> {
    return this.#ask("fillStorage()");
  }

  async reload(): Promise<void> {
    await this.control.reload();
    await this.ready();
  }

  async close(): Promise<void> {
    this.alive = false;
    await this.control.close();
  }

  async crash(): Promise<void> {
    this.alive = false;
    await this.control.crash();
  }

  #ask<T>(call: string): Promise<T> {
    return this.evaluate(`globalThis.chaos.${call}`);
  }

  async evaluate<T = unknown>(expression: string): Promise<T> {
    try {
      return (await this.control.evaluate(expression)) as T;
    } catch (thrown) {
      throw new Error(`${expression} failed in ${this.name}: ${thrown instanceof Error ? thrown.message : thrown}`);
    }
  }
}
