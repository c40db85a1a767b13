import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium } from "playwright-core";
import { BROWSER_FLAGS, CHROMIUM } from "./browser.js";

/**
 * A browser as people have it: only one tab of a window is visible, and the others are throttled. Pages that Playwright
 * launches itself always count as visible.
 */
export class BackgroundBrowser {
  private constructor(
    private readonly program: ChildProcess,
    private readonly folder: string,
    private readonly connection: Browser,
    readonly profile: BrowserContext,
  ) {}

  static async launch(): Promise<BackgroundBrowser> {
    const folder = mkdtempSync(join(tmpdir(), "ces-e2e-profile-"));
    const flags = [
      ...BROWSER_FLAGS,
      "--remote-debugging-port=0",
      `--user-data-dir=${folder}`,
      "--window-size=1440,900",
    ];
    const program = spawn(CHROMIUM, [...flags, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe"],
      // A process group of its own, so that ending it reaches every process that the browser has started.
      detached: true,
    });
    const connection = await chromium.connectOverCDP(await debuggerAddress(program), { noDefaults: true });
    const [profile] = connection.contexts();
    if (!profile) throw new Error("the browser has no profile");
    return new BackgroundBrowser(program, folder, connection, profile);
  }

  async close(): Promise<void> {
    await this.connection.close();
    const { pid } = this.program;
    if (pid !== undefined && this.program.exitCode === null) {
      const ended = new Promise((done) => this.program.once("exit", done));
      process.kill(-pid, "SIGKILL");
      await ended;
    }
    // The browser's other processes end a moment after it, and until then may still write.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 40, retryDelay: 50 });
  }
}

/** Where a browser that was started with a debugging port can be reached, as soon as it says so. */
export function debuggerAddress(program: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    program.once("error", reject);
    program.once("exit", (code) => reject(new Error(`the browser ended with code ${code}:\n${said}`)));
    program.stderr?.on("data", (chunk) => {
      said += chunk;
      const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (address) resolve(address);
    });
  });
}
