import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from "playwright-core";

/** Where the viewer of every test sits, unless the test says otherwise. */
export const VIEWER_ZONE = "Europe/Vienna";

export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const BROWSER_FLAGS: readonly string[] = [
  "--headless=new",
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: [...BROWSER_FLAGS] });

/** A browser profile of its own; tabs opened in it share storage, locks and broadcasts. */
export const newProfile = (browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> =>
  browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: "light",
    locale: "en-GB",
    timezoneId: VIEWER_ZONE,
    ...options,
  });
