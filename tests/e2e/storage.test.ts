import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStorage } from "client-event-scheduler/testing";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BROWSER_FLAGS, CHROMIUM } from "./support/browser.js";
import { CASES } from "./support/storage/conformance.js";
import { WRITTEN, writesBesideOneThatHangs } from "./support/storage/hanging.js";
import type { StoragePage } from "./support/storage/page.js";
import { serveStoragePage } from "./support/storage/site.js";

declare const storagePage: StoragePage;

let site: Awaited<ReturnType<typeof serveStoragePage>>;
let folder: string;
/** A real profile: the quota of one that is in memory cannot be set. */
let profile: BrowserContext;
let page: Page;
let origin: string;

beforeAll(async () => {
  site = await serveStoragePage();
  origin = site.origin;
  folder = mkdtempSync(join(tmpdir(), "ces-e2e-storage-"));
  profile = await chromium.launchPersistentContext(folder, { executablePath: CHROMIUM, args: [...BROWSER_FLAGS] });
});
afterAll(async () => {
  await profile.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 40, retryDelay: 50 });
  site.close();
});
beforeEach(async () => {
  page = await profile.newPage();
  await page.goto(origin);
});
afterEach(() => page.close());

describe.each(Object.keys(CASES))("a storage %s", (name) => {
  it("in memory", () => CASES[name]?.(memoryStorage(), name));
  it("in the browser's database", () => page.evaluate((name) => storagePage.conform(name, false), name));
  it("encrypted", () => page.evaluate((name) => storagePage.conform(name, true), name));
});

describe("the browser's database", () => {
  it("of a newer version of the package is left alone, and another one is used beside it", async () => {
    await page.evaluate(
      () =>
        new Promise((resolve, reject) => {
          const request = indexedDB.open("client-event-scheduler/newer", 99);
          request.onsuccess = () => resolve(request.result.close());
          request.onerror = () => reject(request.error);
        }),
    );
    await page.evaluate(() => storagePage.hold("newer"));
    expect(await page.evaluate(() => storagePage.write(10))).toBe("true");
    const databases = await page.evaluate(() => indexedDB.databases());
    const versions = databases
      .map(({ name, version }) => `${name} ${version}`)
      .filter((name) => name.includes("newer"))
      .sort();
    expect(versions).toEqual(["client-event-scheduler/newer 99", "client-event-scheduler/newer~2 2"]);
  });

  it("of the first form is brought to the newest, with what was in it", async () => {
    await page.evaluate(
      () =>
        new Promise<void>((resolve, reject) => {
          const request = indexedDB.open("client-event-scheduler/first", 1);
          request.onupgradeneeded = () => {
            const stores = ["acting", "events", "journal", "feed"].map((name) =>
              request.result.createObjectStore(name),
            );
            stores[0]?.put({ epoch: 2, holder: "x", beat: 0 }, "lease");
            stores[0]?.put(new Uint8Array(7), "state");
            stores[0]?.put(true, ["over", 1]);
          };
          request.onsuccess = () => resolve(request.result.close());
          request.onerror = () => reject(request.error);
        }),
    );
    await page.evaluate(() => storagePage.hold("first"));
    expect(await page.evaluate(() => storagePage.readLength())).toBe(7);
    expect(await page.evaluate(() => storagePage.takeLease(2))).toBe(true);
    expect(await page.evaluate(() => storagePage.takeLease(2))).toBe(false);
    const keys = await page.evaluate(
      () =>
        new Promise<IDBValidKey[]>((resolve) => {
          indexedDB.open("client-event-scheduler/first").onsuccess = ({ target }) => {
            const database = (target as IDBOpenDBRequest).result;
            database.transaction("acting").objectStore("acting").getAllKeys().onsuccess = (event) => {
              database.close();
              resolve((event.target as IDBRequest<IDBValidKey[]>).result);
            };
          };
        }),
    );
    expect(keys.sort()).toEqual(["lease", "state"]);
  });

  it("is let go of when a newer version wants it", async () => {
    await page.evaluate(() => storagePage.hold("wanted"));
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          const request = indexedDB.open("client-event-scheduler/wanted", 99);
          request.onsuccess = () => resolve(request.result.close());
        }),
    );
    expect(await page.evaluate(() => storagePage.closedBecause())).toContain("reload");
    expect(await page.evaluate(() => storagePage.write(10))).toBe("closed");
  });

  it("refuses a write as a whole when the quota is exceeded, and has what it had", async () => {
    // An origin that has stored nothing yet: the browser remembers for a while how much room another one had.
    const fresh = origin.replace("127.0.0.1", "localhost");
    await page.goto(fresh);
    const devtools = await profile.newCDPSession(page);
    await devtools.send("Storage.overrideQuotaForOrigin", { origin: fresh, quotaSize: 1_000_000 });
    await page.evaluate(() => storagePage.hold("full"));
    expect(await page.evaluate(() => storagePage.write(1000))).toBe("true");
    expect(await page.evaluate(() => storagePage.write(5_000_000))).toBe("quota");
    expect(await page.evaluate(() => storagePage.readLength())).toBe(1000);
    expect(await page.evaluate(() => storagePage.write(2000))).toBe("true");
  });

  it("does not keep a tab waiting for another one that hangs in the middle of a write", async () => {
    const other = await profile.newPage();
    await other.goto(origin);
    expect(await writesBesideOneThatHangs(page, other)).toEqual({ written: WRITTEN, hangs: true });
    await other.close();
  });

  it("is opened again after the browser has closed it", async () => {
    await page.evaluate(() => storagePage.hold("wiped"));
    expect(await page.evaluate(() => storagePage.write(1000))).toBe("true");
    const devtools = await profile.newCDPSession(page);
    await devtools.send("Storage.clearDataForOrigin", { origin, storageTypes: "indexeddb" });
    expect(await page.evaluate(() => storagePage.readLength())).toBe(0);
    expect(await page.evaluate(() => storagePage.write(1000))).toBe("true");
  });

  it("is said to be unavailable in a frame that may not store anything", async () => {
    await page.goto(`${origin}/framed`);
    const frame = page.frames()[1];
    await frame?.waitForFunction(() => "storagePage" in globalThis);
    expect(await frame?.evaluate(() => storagePage.open("framed"))).toBe("unavailable");
  });
});
