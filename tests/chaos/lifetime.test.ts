import { afterAll, beforeAll, expect, it } from "vitest";
import { ChaosServer } from "./support/chaos-server.js";
import { Chromium, type ChromiumTab } from "./support/chromium.js";
import type { Tab } from "./support/tab.js";

/** What a page holds when everything that nobody holds has been collected. */
interface Held {
  readonly wasmBytes: number;
  readonly heapBytes: number;
  readonly listeners: number;
}

const MEGABYTE = 2 ** 20;

let server: ChaosServer;
let browser: Chromium;
let opened = 0;

beforeAll(async () => {
  server = await ChaosServer.start("strict", { page: "lifetime" });
  browser = new Chromium({});
  await browser.open();
});
afterAll(async () => {
  await browser?.discard();
  await server?.stop();
});

async function open(): Promise<Tab<ChromiumTab>> {
  opened += 1;
  const tab = await browser.openTab(`tab-${opened}`, `http://127.0.0.1:${server.port}/`);
  await tab.ready();
  return tab;
}

async function held(tab: Tab<ChromiumTab>): Promise<Held> {
  const { session } = tab.control;
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.collectGarbage");
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  const metric = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN;
  return {
    wasmBytes: await tab.evaluate<number>("life.wasmBytes()"),
    heapBytes: metric("JSHeapUsedSize"),
    listeners: metric("JSEventListeners"),
  };
}

it("adding and removing an event ten thousand times leaves nothing behind", async () => {
  const tab = await open();
  // What is remembered on purpose — decisions, revisions of what was removed — has its bounds, which this reaches.
  await tab.evaluate("life.addAndRemove(10000)");
  const before = await held(tab);
  expect(await tab.evaluate("life.addAndRemove(10000)")).toBe(0);
  const after = await held(tab);
  console.log("10 000 events added and removed", before, after);
  expect(before.wasmBytes).toBeGreaterThan(0);
  expect(after.wasmBytes).toBe(before.wasmBytes);
  expect(after.heapBytes - before.heapBytes).toBeLessThan(MEGABYTE);
  expect(after.listeners - before.listeners).toBeLessThan(10);
  expect(tab.complaints).toEqual([]);
});

it("creating and disposing of a scheduler a thousand times leaves nothing behind", async () => {
  const tab = await open();
  await tab.evaluate("life.createAndDispose(100)");
  const before = await held(tab);
  await tab.evaluate("life.createAndDispose(1000)");
  const after = await held(tab);
  console.log("1 000 schedulers created and disposed of", before, after);
  expect(before.wasmBytes).toBeGreaterThan(0);
  expect(after.wasmBytes).toBe(before.wasmBytes);
  expect(after.heapBytes - before.heapBytes).toBeLessThan(MEGABYTE);
  expect(after.listeners - before.listeners).toBeLessThan(10);
  expect(tab.control.page.workers()).toEqual([]);
  expect(tab.complaints).toEqual([]);
});

it("handlers that throw, reject, never settle or call back into the scheduler do not stop it", async () => {
  const tab = await open();
  const { calls, deadLetters, runs } = await tab.evaluate<{ calls: string[]; deadLetters: string[]; runs: boolean }>(
    "life.misbehave()",
  );
  expect(calls.sort()).toEqual(
    ["calls_back 1", "last 1", "never 1", "never 2", "rejects 1", "rejects 2", "throws 1", "throws 2"].sort(),
  );
  expect(deadLetters).toEqual(["never 2", "rejects 2", "throws 2"]);
  expect(runs).toBe(true);
  expect(tab.complaints).toEqual([]);
});

it("two copies of the package on one page run every handler once, and say so", async () => {
  const tab = await open();
  const ran = await tab.evaluate("life.twoCopies('/copy/dist/index.js')");
  expect(ran).toEqual(Object.fromEntries(Array.from({ length: 10 }, (_, number) => [`event-${number}`, 1])));
  expect(tab.complaints.length).toBeGreaterThan(0);
  for (const complaint of tab.complaints) expect(complaint).toMatch(/^warning: .*several (copies|schedulers)/);
});
