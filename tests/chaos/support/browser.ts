import { Chromium } from "./chromium.js";
import { Firefox } from "./firefox.js";
import type { SetUp, Tab } from "./tab.js";

export interface BrowserSettings {
  readonly environment?: Readonly<Record<string, string>>;
  /** A name that leads to this machine without being known to be it. */
  readonly host?: string;
  /** The person has forbidden all pages to store anything. */
  readonly storesNothing?: boolean;
}

/**
 * A browser as people have it, with a profile that outlives it: tabs that are not in front are hidden and slowed down, and go to
 * the back/forward cache.
 */
export interface ChaosBrowser {
  open(): Promise<void>;
  /** The page is there; its scheduler runs when it is {@link Tab.ready}. */
  openTab(name: string, url: string, setUp?: SetUp): Promise<Tab>;
  /** To all processes of this browser at once. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
  /** Ends it as a loss of power would; the profile stays. */
  kill(): Promise<void>;
  /** Ends it, and removes the profile. */
  discard(): Promise<void>;
}

/** The browsers in which faults are played. */
export type BrowserName = "chromium" | "firefox";

const BROWSERS: Readonly<Record<BrowserName, new (settings: BrowserSettings) => ChaosBrowser>> = {
  chromium: Chromium,
  firefox: Firefox,
};

function browserName(given: string): BrowserName {
  if (given === "chromium" || given === "firefox") return given;
  throw new Error(`CES_CHAOS_BROWSER is ${given}: write chromium or firefox`);
}

/** Which browser these runs are in. */
export const BROWSER = browserName(process.env.CES_CHAOS_BROWSER ?? "chromium");

export const newBrowser = (settings: BrowserSettings): ChaosBrowser => new BROWSERS[BROWSER](settings);
