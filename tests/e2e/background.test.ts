import { afterEach, beforeEach, expect, it } from "vitest";
import { AdminTab } from "./support/admin-tab.js";
import { BackgroundBrowser } from "./support/background-browser.js";
import { HOUR, secondsFromNow } from "./support/local-time.js";
import { Server } from "./support/server.js";

let server: Server;
let browser: BackgroundBrowser;

beforeEach(async () => {
  server = await Server.start();
  browser = await BackgroundBrowser.launch();
});
afterEach(async () => {
  await browser.close();
  await server.stop();
});

it("a tab in the background follows, fires in time, and counts in its title what happened unseen", async () => {
  const behind = await AdminTab.open(browser.profile, server.url);
  const front = await AdminTab.open(browser.profile, server.url);
  await front.page.bringToFront();
  const hidden = () => behind.page.evaluate(() => document.visibilityState);
  await expect.poll(hidden).toBe("hidden");

  const opens = secondsFromNow(8);
  await server.call("POST", "create", {
    event_id: "unseen",
    event_name: "Unseen",
    registration_start_date: new Date(opens).toISOString(),
    start_datetime: new Date(opens + HOUR).toISOString(),
    end_datetime: new Date(opens + 2 * HOUR).toISOString(),
  });
  await behind.rowIn("Unseen", "registration_not_started").waitFor({ timeout: 4_000, state: "attached" });
  await behind.rowIn("Unseen", "registration_open").waitFor({ timeout: 25_000, state: "attached" });
  // Hidden pages are woken on whole seconds.
  expect(Date.now()).toBeLessThan(opens + 15_000);
  await expect.poll(() => behind.page.title()).toBe("(1) Events · Client Event Scheduler");
  expect(await front.page.title()).toBe("Events · Client Event Scheduler");

  await behind.page.bringToFront();
  await expect.poll(() => behind.page.title()).toBe("Events · Client Event Scheduler");
  expect([...behind.complaints, ...front.complaints]).toEqual([]);
});

it("a tab in the background has the browser tell of what fires, once its user has asked for it", async () => {
  await browser.profile.grantPermissions(["notifications"], { origin: server.url });
  const record = () => {
    const told: string[] = [];
    const Original = window.Notification;
    class Recorded extends Original {
      constructor(title: string, options?: NotificationOptions) {
        super(title, options);
        told.push(`${title}: ${options?.body}`);
      }
    }
    Object.assign(window, { Notification: Recorded, told });
  };
  const behind = await AdminTab.open(browser.profile, server.url, "/events", "Events", (page) =>
    page.addInitScript(record),
  );
  await behind.page.getByRole("button", { name: /^Account/ }).click();
  await behind.page.getByRole("menuitem", { name: "Notify me while hidden" }).click();
  await behind.page.getByRole("button", { name: /^Account/ }).click();
  await behind.page.getByRole("menuitem", { name: "Stop notifying me" }).waitFor();
  const front = await AdminTab.open(browser.profile, server.url);
  await front.page.bringToFront();
  await expect.poll(() => behind.page.evaluate(() => document.visibilityState)).toBe("hidden");

  const opens = secondsFromNow(6);
  await server.call("POST", "create", {
    event_id: "told",
    event_name: "Told Of",
    registration_start_date: new Date(opens).toISOString(),
    start_datetime: new Date(opens + HOUR).toISOString(),
    end_datetime: new Date(opens + 2 * HOUR).toISOString(),
  });
  const told = () => behind.page.evaluate(() => (window as unknown as { told: string[] }).told);
  await expect.poll(told, { timeout: 30_000 }).toEqual(["Registration open: Told Of"]);
});
