import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Firefox } from "../chaos/support/firefox.js";
import { CASES } from "../e2e/support/storage/conformance.js";
import { serveStoragePage } from "../e2e/support/storage/site.js";

let site: Awaited<ReturnType<typeof serveStoragePage>>;
const browser = new Firefox({});
let page: Page;

beforeAll(async () => {
  site = await serveStoragePage();
  await browser.open();
  page = await browser.newPage();
  await page.goto(site.origin);
});
afterAll(async () => {
  await browser.discard();
  site?.close();
});

describe.each(Object.keys(CASES))("a storage %s", (name) => {
  const conform = (encrypted: boolean) => page.evaluate(`storagePage.conform(${JSON.stringify(name)}, ${encrypted})`);
  it("in Firefox's database", () => conform(false));
  it("encrypted", () => conform(true));
});

it("Firefox's database does not keep a tab waiting for another one that hangs in the middle of a write", async () => {
  const other = await browser.newPage();
  await other.goto(site.origin);
  await page.evaluate('storagePage.hold("hung")');
  await other.evaluate('storagePage.hold("hung")');
  const hung = page.evaluate("storagePage.hangInWrite(6000)");
  const since = performance.now();
  // It may be there before the other one; so it is asked a few times.
  for (let times = 0; times < 5; times++) {
    expect(await other.evaluate("storagePage.write(10)")).toBe("true");
  }
  expect(performance.now() - since).toBeLessThan(3000);
  await hung;
});
