import { expect, it } from "vitest";
import { Stage } from "./support/stage.js";

const stage = Stage.set("--demo");

/** Rows that may stand in the document at once, of far more events. */
const MOST_ROWS = 60;

const eventsShown = "[data-event-id]";

it("shows all conferences of the demo, with only the visible rows in the document", async () => {
  const [tab] = await stage.tabs(1);
  if (!tab) throw new Error("a tab was asked for");
  const { page } = tab;
  await page.getByText(/Demo data: .*shifted by \d+ weeks?/).waitFor();
  await page.locator(eventsShown).first().waitFor();
  const { total } = await stage.server.call("GET", "list");
  const rowCount = Number(await page.getByRole("table").getAttribute("aria-rowcount")) - 1;
  expect(rowCount).toBeGreaterThan(1_500);
  expect(rowCount).toBeLessThanOrEqual(Number(total));
  expect(await page.getByRole("table").locator(eventsShown).count()).toBeLessThan(MOST_ROWS);

  await page.getByRole("searchbox", { name: "Search events" }).fill("python");
  const rowsListed = async () => Number(await page.getByRole("table").getAttribute("aria-rowcount"));
  await expect.poll(rowsListed, { timeout: 10_000 }).toBeLessThan(400);
  for (const name of await page.getByRole("table").locator(eventsShown).allInnerTexts()) {
    expect(name.toLowerCase()).toContain("py");
  }
  await page.getByRole("searchbox", { name: "Search events" }).fill("no conference is called this");
  await page.getByText("No event matches").waitFor();
  await page.getByRole("button", { name: "Clear search and filter" }).click();
  await page.locator(eventsShown).first().waitFor();

  await page.getByRole("radio", { name: /^Completed/ }).check({ force: true });
  const statuses = async () => {
    const shown = page.getByRole("table").locator("[data-status]");
    return new Set(await shown.evaluateAll((found) => found.map((status) => status.getAttribute("data-status"))));
  };
  await expect.poll(statuses, { timeout: 10_000 }).toEqual(new Set(["completed"]));
});

it("lists the events that are invalid with their problems, and lets a person put them right", async () => {
  const [tab] = await stage.tabs(1);
  if (!tab) throw new Error("a tab was asked for");
  const { page } = tab;
  await page.getByRole("button", { name: "Health: All running" }).click();
  const details = page.getByRole("dialog");
  await details.getByRole("heading", { name: "Quarantined events" }).waitFor();
  const counts = (label: string) => details.getByRole("row", { name: label }).getByRole("cell").allInnerTexts();
  await expect.poll(async () => new Set(await counts("Events tracked")).size).toBe(1);
  await expect.poll(async () => new Set(await counts("Triggers queued")).size).toBe(1);
  const [quarantined] = await counts("Quarantined");
  expect(Number(quarantined)).toBeGreaterThan(0);
  await tab.screenshot("health");

  const invalid = details.getByRole("listitem").filter({ hasText: "PST is not an IANA time zone" }).first();
  const eventId = await invalid.getByRole("link").textContent();
  await invalid.getByRole("link").click();
  await page.getByRole("region", { name: "Needs correction" }).getByText("PST is not an IANA time zone").waitFor();
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByRole("dialog", { name: "Edit event" }).waitFor();
  await page.getByRole("region", { name: "Preview" }).getByText("PST is not an IANA time zone").waitFor();
  await tab.screenshot("quarantined-event");
  await tab.chooseZone("America/Los_Angeles");
  await tab.submit();
  await tab.formClosed();
  await page.getByRole("region", { name: "Now" }).waitFor();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Events" }).click();
  await page.getByRole("searchbox", { name: "Search events" }).fill(eventId ?? "");
  await page.getByRole("table").locator(`[data-event-id="${eventId}"]`).waitFor();
});

it.each([
  { name: "desktop-light", width: 1440, height: 900, colorScheme: "light" },
  { name: "desktop-dark", width: 1440, height: 900, colorScheme: "dark" },
  { name: "tablet-light", width: 834, height: 1112, colorScheme: "light" },
  { name: "phone-light", width: 390, height: 844, colorScheme: "light" },
  { name: "phone-dark", width: 390, height: 844, colorScheme: "dark" },
] as const)("fits the screen: $name", async ({ name, width, height, colorScheme }) => {
  const profile = await stage.profile({ viewport: { width, height }, colorScheme });
  const tab = await stage.tab(profile);
  const { page } = tab;
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
  await page.locator(eventsShown).first().waitFor();
  await tab.screenshot(name);
  expect(await fits()).toBe(true);

  const parts = page.getByRole("navigation", { name: "Parts of the page" });
  const queueLink = parts.getByRole("link", { name: "Queue" });
  if (await queueLink.isVisible()) {
    await queueLink.click();
    await page.getByRole("heading", { name: "Coming up" }).waitFor();
    await tab.screenshot(`${name}-queue`);
    expect(await fits()).toBe(true);
    await parts.getByRole("link", { name: "Events" }).click();
  }

  await tab.openNewForm();
  await tab.fill({ name: "Autumn Trail Run", venue: "Innsbruck, Austria" });
  await tab.screenshot(`${name}-form`);
  expect(await fits()).toBe(true);
});
