import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import type { BrowserSettings, ChaosBrowser } from "./browser.js";
import { type SetUp, Tab, type TabControl } from "./tab.js";

const FIREFOX = process.env.FIREFOX ?? "/usr/bin/firefox-esr";

/** What differs from a new profile of a person. */
const PREFERENCES = {
  // A process for each tab, so that one can be ended without the others.
  "dom.ipc.processCount": 16,
  "browser.sessionstore.resume_from_crash": false,
};

/** More memory than a page takes for anything else when it has just been opened; it is let go of at once. */
const BALLAST_BYTES = 128 * 2 ** 20;
const TAKE_BALLAST = `void (globalThis.ballast = new Uint8Array(${BALLAST_BYTES}).fill(1))`;
const LET_GO_OF_IT = "delete globalThis.ballast";

export class Firefox implements ChaosBrowser {
  readonly #folder = mkdtempSync(join(tmpdir(), "ces-chaos-profile-"));
  readonly #settings: BrowserSettings;
  #browser: Browser | undefined;

  constructor(settings: BrowserSettings) {
    this.#settings = settings;
  }

  async open(): Promise<void> {
    const { environment = {}, host, storesNothing = false } = this.#settings;
    this.#browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: FIREFOX,
      userDataDir: this.#folder,
      env: { ...process.env, ...environment },
      args: ["--width=1440", "--height=900"],
      defaultViewport: null,
      extraPrefsFirefox: {
        ...PREFERENCES,
        ...(host === undefined ? {} : { "network.dns.localDomains": host }),
        ...(storesNothing ? { "network.cookie.cookieBehavior": 2 } : {}),
      },
    });
  }

  /** An empty tab, for tests that have other pages. */
  newPage(): Promise<Page> {
    if (this.#browser === undefined) throw new Error("the browser is not open");
    return this.#browser.newPage();
  }

  async openTab(name: string, url: string, { quotaBytes }: SetUp = {}): Promise<Tab<FirefoxTab>> {
    if (quotaBytes !== undefined) throw new Error("the quota of an origin cannot be set in Firefox");
    const page = await this.newPage();
    const control = new FirefoxTab(page);
    await control.visit(url);
    await control.findProcess(this.#browser?.process()?.pid ?? 0);
    return new Tab(name, control);
  }

  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
    const program = this.#browser?.process();
    // puppeteer starts it in a process group of its own.
    if (program?.pid !== undefined && program.exitCode === null) process.kill(-program.pid, signal);
  }

  async kill(): Promise<void> {
    const program = this.#browser?.process();
    if (!program || program.exitCode !== null || program.signalCode !== null) return;
    const ended = new Promise((done) => program.once("exit", done));
    this.signal("SIGKILL");
    await ended;
    this.#browser = undefined;
  }

  async discard(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 40, retryDelay: 50 });
  }
}

/** The memory of each of a browser's processes for pages, in bytes. */
function pageProcesses(browser: number): Map<number, number> {
  const memory = new Map<number, number>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const [, name, group] = /\((.*)\) \S \d+ (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      if (name?.endsWith("Web Content") === true && Number(group) === browser) {
        const kB = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
        memory.set(Number(pid), Number(kB) * 1024);
      }
    } catch {
      // It has ended meanwhile.
    }
  }
  return memory;
}

/** A tab, which is asked by WebDriver BiDi. */
class FirefoxTab implements TabControl {
  readonly complaints: string[] = [];
  readonly freezes = false;
  readonly notCached = "Firefox does not say why";
  readonly #page: Page;
  #process: number | undefined;

  constructor(page: Page) {
    this.#page = page;
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) this.complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.complaints.push(`uncaught: ${String(error)}`));
  }

  /** Nothing says in which process a tab is: it is the one that takes memory when the tab does. */
  async findProcess(browser: number): Promise<void> {
    const before = pageProcesses(browser);
    await this.evaluate(TAKE_BALLAST);
    const grown = [...pageProcesses(browser)].filter(
      ([pid, bytes]) => bytes - (before.get(pid) ?? 0) > BALLAST_BYTES * 0.75,
    );
    await this.evaluate(LET_GO_OF_IT);
    this.#process = grown.length === 1 ? grown[0]?.[0] : undefined;
  }

  evaluate(expression: string): Promise<unknown> {
    return this.#page.evaluate(expression);
  }

  async visit(url: string): Promise<void> {
    await this.#page.goto(url);
  }

  async back(): Promise<void> {
    await this.#page.goBack();
  }

  async reload(): Promise<void> {
    await this.#page.reload();
  }

  toFront(): Promise<void> {
    return this.#page.bringToFront();
  }

  close(): Promise<void> {
    return this.#page.close();
  }

  async crash(): Promise<void> {
    if (this.#process === undefined) throw new Error("the tab has no process of its own");
    process.kill(this.#process, "SIGKILL");
  }

  freeze(): Promise<void> {
    return cannot("freezes no tabs");
  }

  thaw(): Promise<void> {
    return cannot("freezes no tabs");
  }

  endWorkers(): Promise<void> {
    return cannot("has a driver that reaches no workers");
  }
}

function cannot(why: string): Promise<never> {
  return Promise.reject(new Error(`Firefox ${why}`));
}
