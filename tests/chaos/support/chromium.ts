import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, type CDPSession, chromium } from "playwright-core";
import { debuggerAddress } from "../../e2e/support/background-browser.js";
import { BROWSER_FLAGS, CHROMIUM } from "../../e2e/support/browser.js";

export interface ChromiumSettings {
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** What a person has changed in the settings of the browser. */
  readonly preferences?: object;
}

/**
 * A browser as people have it, with a profile that outlives it: tabs that are not in front are hidden and slowed down,
 * can be frozen, and go to the back/forward cache.
 */
export class Chromium {
  readonly #folder = mkdtempSync(join(tmpdir(), "ces-chaos-profile-"));
  readonly #settings: ChromiumSettings;
  #program: ChildProcess | undefined;
  #connection: Browser | undefined;

  constructor(settings: ChromiumSettings) {
    this.#settings = settings;
    if (settings.preferences !== undefined) {
      mkdirSync(join(this.#folder, "Default"), { recursive: true });
      writeFileSync(join(this.#folder, "Default/Preferences"), JSON.stringify(settings.preferences));
    }
  }

  get profile(): BrowserContext {
    const profile = this.#connection?.contexts()[0];
    if (profile === undefined) throw new Error("the browser is not open");
    return profile;
  }

  /** A session with the browser itself. */
  session(): Promise<CDPSession> {
    if (this.#connection === undefined) throw new Error("the browser is not open");
    return this.#connection.newBrowserCDPSession();
  }

  async open(): Promise<void> {
    const { environment = {}, flags = [] } = this.#settings;
    const always = ["--remote-debugging-port=0", `--user-data-dir=${this.#folder}`, "--window-size=1000,700"];
    const program = spawn(CHROMIUM, [...BROWSER_FLAGS, ...always, ...flags, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...environment },
      // A process group of its own: what is sent to it reaches every process of this browser, and no other.
      detached: true,
    });
    this.#program = program;
    this.#connection = await chromium.connectOverCDP(await debuggerAddress(program), { noDefaults: true });
  }

  /** To all processes of this browser at once. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
    const pid = this.#program?.pid;
    if (pid !== undefined && this.#program?.exitCode === null) process.kill(-pid, signal);
  }

  /** Ends it as a loss of power would; the profile stays. */
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
