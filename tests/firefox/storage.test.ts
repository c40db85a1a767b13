import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Firefox } from "../chaos/support/firefox.js";
import { CASES } from "../e2e/support/storage/conformance.js";
import { WRITTEN, writesBesideOneThatHangs } from "../e2e/support/storage/hanging.js";
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
  expect(await writesBesideOneThatHangs(page, other)).toEqual({ written: WRITTEN, hangs: true });
});
