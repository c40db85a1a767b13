import { resolve } from "node:path";
import { build } from "esbuild";
import type { BrowserContext, Page } from "playwright-core";

const PACKAGE = resolve(import.meta.dirname, "../../../pkg/dist/index.js");
const PATH = "/following.html";

/** What the page tells of itself. */
export interface Following {
  /** Ids of the coming triggers, in their order. */
  queue(): string[];
  state(): string;
  /** The number of the last change that was applied, and when by the machine's clock, one after the other. */
  applied: [seq: number, at: number][];
  /** Trigger ids that fired, and when by the machine's clock. */
  fired: [triggerId: string, at: number][];
  clock(): { source: string; offsetMs: number | null; boundMs: number | null };
  issues(): string[];
}

const PROGRAM = `
  import { createScheduler, httpTransport } from ${JSON.stringify(PACKAGE)};
  // Not the page's own Date, which a test may have put wrong.
  const now = () => performance.timeOrigin + performance.now();
  const scheduler = await createScheduler({ transport: httpTransport(), logger: false });
  const applied = [];
  const fired = [];
  scheduler.onTrigger(({ triggerId }) => void fired.push([triggerId, now()]));
  scheduler.subscribe(() => {
    const seq = Number(scheduler.health().sync.cursor?.split(".").at(-1) ?? 0);
    if (seq !== applied.at(-1)?.[0]) {
      applied.push([seq, now()]);
    }
  });
  window.following = {
    queue: () => scheduler.queue({ limit: 10_000 }).map(({ triggerId }) => triggerId),
    state: () => scheduler.health().sync.state,
    clock: () => scheduler.health().clock,
    issues: () => scheduler.health().issues.map(({ code }) => code),
    applied,
    fired,
  };
  scheduler.start();
`;

let bundled: Promise<string> | undefined;

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: import.meta.dirname },
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}

/** Opens a page of the server's own origin that follows it with the built package, and nothing else. */
export async function openFollowing(profile: BrowserContext, serverUrl: string): Promise<Page> {
  bundled ??= bundle();
  const script = await bundled;
  await profile.route(`${serverUrl}${PATH}`, (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><script type=module src=/following.js></script>" }),
  );
  await profile.route(`${serverUrl}/following.js`, (route) =>
    route.fulfill({ contentType: "text/javascript", body: script }),
  );
  const page = await profile.newPage();
  await page.goto(serverUrl + PATH);
  await page.waitForFunction(() => (window as unknown as { following?: Following }).following?.state() === "streaming");
  return page;
}

/** Asks the page. */
export function ask<T>(page: Page, question: (following: Following) => T): Promise<T> {
  return page.evaluate(`(${String(question)})(window.following)`) as Promise<T>;
}
