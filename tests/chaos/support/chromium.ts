import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";
import { debuggerAddress } from "../../e2e/support/background-browser.js";
import { BROWSER_FLAGS, CHROMIUM } from "../../e2e/support/browser.js";
import type { BrowserSettings, ChaosBrowser } from "./browser.js";
import { type SetUp, Tab, type TabControl } from "./tab.js";

/** What stands in the profile when a person has forbidden all pages to store anything. */
const STORES_NOTHING = { profile: { default_content_setting_values: { cookies: 2 } } };

export class Chromium implements ChaosBrowser {
  readonly #folder = mkdtempSync(join(tmpdir(), "ces-chaos-profile-"));
  readonly #settings: BrowserSettings;
  #program: ChildProcess | undefined;
  #connection: Browser | undefined;

  constructor(settings: BrowserSettings) {
    this.#settings = settings;
    if (settings.storesNothing === true) {
      mkdirSync(join(this.#folder, "Default"), { recursive: true });
      writeFileSync(join(this.#folder, "Default/Preferences"), JSON.stringify(STORES_NOTHING));
    }
  }

  async open(): Promise<void> {
    const { environment = {}, host } = this.#settings;
    const flags = ["--remote-debugging-port=0", `--user-data-dir=${this.#folder}`, "--window-size=1000,700"];
    if (host !== undefined) flags.push(`--host-resolver-rules=MAP ${host} 127.0.0.1`);
    const program = spawn(CHROMIUM, [...BROWSER_FLAGS, ...flags, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...environment },
      // A process group of its own: what is sent to it reaches every process of this browser, and no other.
      detached: true,
    });
    this.#program = program;
    this.#connection = await chromium.connectOverCDP(await debuggerAddress(program), { noDefaults: true });
  }

  async openTab(name: string, url: string, { quotaBytes }: SetUp = {}): Promise<Tab<ChromiumTab>> {
    const profile = this.#connection?.contexts()[0];
    if (profile === undefined) throw new Error("the browser is not open");
    const page = await profile.newPage();
    const control = new ChromiumTab(page, await profile.newCDPSession(page));
    await control.watch();
    // Before anything is stored: the browser remembers for a while how much room there was.
    if (quotaBytes !== undefined) {
      const { origin } = new URL(url);
      await control.session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: quotaBytes });
    }
    await control.visit(url);
    return new Tab(name, control);
  }

  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
    const pid = this.#program?.pid;
    if (pid !== undefined && this.#program?.exitCode === null) process.kill(-pid, signal);
  }

  async kill(): Promise<void> {
    const program = this.#program;
    if (program === undefined || program.exitCode !== null || program.signalCode !== null) return;
    const ended = new Promise((done) => program.once("exit", done));
    this.signal("SIGKILL");
    await ended;
    await this.#connection?.close().catch(() => undefined);
    this.#connection = undefined;
  }

  async discard(): Promise<void> {
    await this.kill();
    // The browser's other processes end a moment after it, and until then may still write.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 40, retryDelay: 50 });
  }
}

/** A tab, and a session of the debugging protocol with it. */
export class ChromiumTab implements TabControl {
  readonly complaints: string[] = [];
  readonly freezes = true;
  notCached = "";

  constructor(
    readonly page: Page,
    readonly session: CDPSession,
  ) {}

  /** Notes from now on what the page complains of. */
  async watch(): Promise<void> {
    await this.session.send("Page.enable");
    this.session.on("Page.backForwardCacheNotUsed", ({ notRestoredExplanations }) => {
      this.notCached = notRestoredExplanations.map(({ reason }) => reason).join(", ");
    });
    this.page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(`${message.type()}: ${message.text()}`);
    });
    this.page.on("pageerror", (error) => this.complaints.push(`uncaught: ${error.message}`));
  }

  /** Through the protocol and not by Playwright, whose functions the content security policy stops. */
  async evaluate(expression: string): Promise<unknown> {
    const asked = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.session.send("Runtime.evaluate", asked);
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? "no description");
    return result.value;
  }

  async visit(url: string): Promise<void> {
    await this.page.goto(url);
  }

  async back(): Promise<void> {
    await this.page.goBack({ waitUntil: "commit" });
  }

  async reload(): Promise<void> {
    await this.page.reload();
  }

  toFront(): Promise<void> {
    return this.page.bringToFront();
  }

  close(): Promise<void> {
    return this.page.close();
  }

  async crash(): Promise<void> {
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

  async endWorkers(): Promise<void> {
    const workers = this.page.workers();
    if (workers.length === 0) throw new Error("the tab has no worker");
    await Promise.all(workers.map((worker) => worker.evaluate("self.close()").catch(() => undefined)));
  }
}
