import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { AdminTab } from "./admin-tab.js";
import { launchBrowser, newProfile } from "./browser.js";
import { Server } from "./server.js";

/** A server and a browser profile for each test, and the rule that no tab may complain unless the test expects it. */
export class Stage {
  #browser: Browser | undefined;
  #server: Server | undefined;
  #profiles: BrowserContext[] = [];
  #tabs: AdminTab[] = [];
  #expected: RegExp[] = [];

  /** Declares the stage for every test of the calling file. */
  static set(...serverFlags: readonly string[]): Stage {
    const stage = new Stage();
    beforeAll(async () => {
      stage.#browser = await launchBrowser();
    });
    afterAll(() => stage.#browser?.close());
    beforeEach(async () => {
      stage.#server = await Server.start(...serverFlags);
    });
    afterEach(async () => {
      const complaints = stage.#tabs.flatMap((tab) => tab.complaints);
      await Promise.all(stage.#profiles.map((profile) => profile.close()));
      await stage.#server?.stop();
      const unexpected = complaints.filter((text) => !stage.#expected.some((pattern) => pattern.test(text)));
      stage.#profiles = [];
      stage.#tabs = [];
      stage.#expected = [];
      expect(unexpected, "complaints of the tabs").toEqual([]);
    });
    return stage;
  }

  get server(): Server {
    if (!this.#server) throw new Error("the server has not been started");
    return this.#server;
  }

  /** Opens tabs in one new profile. */
  async tabs(count: number, options?: BrowserContextOptions): Promise<AdminTab[]> {
    const profile = await this.profile(options);
    const tabs: AdminTab[] = [];
    for (let opened = 0; opened < count; opened++) tabs.push(await this.tab(profile));
    return tabs;
  }

  async profile(options?: BrowserContextOptions): Promise<BrowserContext> {
    if (!this.#browser) throw new Error("the browser has not been started");
    const profile = await newProfile(this.#browser, options);
    this.#profiles.push(profile);
    return profile;
  }

  async tab(
    profile: BrowserContext,
    path?: string,
    heading?: string,
    prepare?: (page: Page) => Promise<void>,
  ): Promise<AdminTab> {
    const tab = await AdminTab.open(profile, this.server.url, path, heading, prepare);
    this.#tabs.push(tab);
    return tab;
  }

  /** Allows complaints that a test provokes, such as the browser's line about a refused request. */
  expectComplaint(pattern: RegExp): void {
    this.#expected.push(pattern);
  }
}
