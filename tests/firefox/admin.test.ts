import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Firefox } from "../chaos/support/firefox.js";
import { Server } from "../e2e/support/server.js";

const browser = new Firefox({});
let server: Server;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  server = await Server.start("--demo");
  await browser.open();
  page = await browser.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${server.url}/dashboard`);
});
afterAll(async () => {
  await browser.discard();
  await server?.stop();
});

const heading = (text: string) => page.waitForSelector(`::-p-xpath(//h1[text()="${text}"])`);

it("opens every page of the admin without a complaint", async () => {
  await heading("Dashboard");
  for (const name of ["Timeline", "Calendar", "Events", "Approvals", "Scheduler", "Schedules", "Providers", "Import"]) {
    await (await page.waitForSelector(`::-p-xpath(//nav//a[.//span[text()="${name}"]])`))?.click();
    await heading(name);
  }
  expect(complaints).toEqual([]);
});

it("shows an event that is made elsewhere, and what fires then", async () => {
  await page.goto(`${server.url}/scheduler`);
  await heading("Scheduler");
  const starts = new Date(Date.now() + 4000);
  await server.call("POST", "create", {
    event_id: "in-firefox",
    event_name: "Seen in Firefox",
    start_datetime: starts.toISOString(),
    end_datetime: new Date(starts.getTime() + 3_600_000).toISOString(),
  });
  const told = await page.waitForSelector('::-p-xpath(//*[@role="alert"][contains(., "Seen in Firefox")])');
  expect(await told?.evaluate((alert) => alert.textContent)).toContain("Event under way");
  await page.goto(`${server.url}/events/in-firefox`);
  await page.waitForSelector("::-p-text(Event under way)");
  expect(complaints).toEqual([]);
});
