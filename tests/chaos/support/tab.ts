import type { BrowserContext, CDPSession, Page } from "playwright-core";
import type { Fault } from "./fault.js";
import type { ChaosPage, TabView } from "./wire.js";

const READY_MS = 20_000;
const READY = `globalThis.chaos !== undefined || new Promise((resolve) => {
  addEventListener("chaos", () => resolve(true), { once: true });
})`;

type SetUp = Pick<Fault, "prelude" | "quotaBytes">;

/** One tab of the browser, and what went wrong in it. */
export class Tab {
  /** Errors and warnings of the console, and what nobody caught. */
  readonly complaints: string[] = [];
  /** Whether it can be asked. A tab that has crashed or was closed cannot. */
  alive = true;
  /** Why the page was not kept in the back/forward cache. */
  notCached = "";

  private constructor(
    readonly name: string,
    readonly page: Page,
    readonly session: CDPSession,
  ) {}

  /** The page is there; its scheduler runs when it is {@link ready}. */
  static async open(profile: BrowserContext, name: string, url: string, setUp: SetUp = {}): Promise<Tab> {
    const page = await profile.newPage();
    const tab = new Tab(name, page, await profile.newCDPSession(page));
    await tab.session.send("Page.enable");
    tab.session.on("Page.backForwardCacheNotUsed", ({ notRestoredExplanations }) => {
      tab.notCached = notRestoredExplanations.map(({ reason }) => reason).join(", ");
    });
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) tab.complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => tab.complaints.push(`uncaught: ${error.message}`));
    const { prelude: source = "", quotaBytes: quotaSize } = setUp;
    await tab.session.send("Page.addScriptToEvaluateOnNewDocument", { source });
    // Before anything is stored: the browser remembers for a while how much room there was.
    if (quotaSize !== undefined) {
      await tab.session.send("Storage.overrideQuotaForOrigin", { origin: new URL(url).origin, quotaSize });
    }
    await page.goto(url);
    return tab;
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

  async toFront(): Promise<void> {
    await this.page.bringToFront();
  }

  async close(): Promise<void> {
    this.alive = false;
    await this.page.close();
  }

  /** Ends the process of the page, as a lack of memory does. */
  async crash(): Promise<void> {
    this.alive = false;
    const crashed = new Promise<void>((done) => this.page.once("crash", () => done()));
    this.session.send("Page.crash").catch(() => undefined);
    await crashed;
  }

  async freeze(): Promise<void> {
    await this.session.send("Page.setWebLifecycleState", { state: "frozen" });
  }

  async thaw(): Promise<void> {
    await this.session.send("Page.setWebLifecycleState", { state: "active" });
  }

  #ask<T>(call: string): Promise<T> {
    return this.evaluate(`globalThis.chaos.${call}`);
  }

  /** Through the protocol and not by Playwright, whose functions the content security policy stops. */
  async evaluate<T = unknown>(expression: string): Promise<T> {
    const asked = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.session.send("Runtime.evaluate", asked);
    if (exceptionDetails !== undefined) {
      throw new Error(`${expression} failed in ${this.name}: ${exceptionDetails.exception?.description ?? ""}`);
    }
    return result.value as T;
  }
}
