import type { BrowserContext, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { Stage } from "./support/stage.js";

const stage = Stage.set();

const PAGES = ["Dashboard", "Timeline", "Calendar", "Events"];

it("leads through the pages, and the focus to the heading of each", async () => {
  const { page } = await stage.tab(await stage.profile(), "/", "Dashboard");
  const navigation = page.getByRole("navigation", { name: "Pages" });
  for (const name of PAGES.toReversed()) {
    await navigation.getByRole("link", { name }).click();
    const heading = page.getByRole("heading", { name, level: 1, exact: true });
    await heading.waitFor();
    await expect.poll(() => heading.evaluate((found) => found === document.activeElement)).toBe(true);
    expect(await page.title()).toBe(`${name} · Client Event Scheduler`);
    expect(await navigation.getByRole("link", { name }).getAttribute("aria-current")).toBe("page");
  }
});

it("lets the keyboard skip to the content", async () => {
  const { page } = await stage.tab(await stage.profile(), "/events");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the content" });
  expect(await skip.evaluate((found) => found === document.activeElement)).toBe(true);
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("content");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.closest("main")?.id)).toBe("content");
});

it("stands at the foot of a phone", async () => {
  const { page } = await stage.tab(await stage.profile({ viewport: { width: 390, height: 844 } }), "/", "Dashboard");
  const box = await page.getByRole("navigation", { name: "Pages" }).boundingBox();
  expect(box?.y).toBeGreaterThan(750);
  expect(box?.width).toBe(390);
});

describe("before the application is there", () => {
  /** A page whose scripts do not come before `release` is called. */
  async function withheld(profile: BrowserContext): Promise<{ page: Page; release: () => void }> {
    const page = await profile.newPage();
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route("**/assets/*.js", async (route) => {
      await released;
      await route.continue();
    });
    await page.goto(`${stage.server.url}/dashboard`, { waitUntil: "commit" });
    await page.getByRole("status", { name: "Starting" }).waitFor();
    return { page, release };
  }

  it.each([
    { screen: "wide", viewport: { width: 1440, height: 900 } },
    { screen: "phone", viewport: { width: 390, height: 844 } },
  ])("the frame stands where the application has it, on a $screen screen", async ({ viewport }) => {
    const profile = await stage.profile({ viewport });
    await stage.tab(profile, "/dashboard", "Dashboard");
    const { page, release } = await withheld(profile);
    const header = await page.locator("#frame .frame-header").boundingBox();
    const navigation = await page.locator("#frame .frame-navigation").boundingBox();
    release();
    await page.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
    expect(await page.locator("#frame").isVisible()).toBe(false);
    expect(header).toEqual(await page.getByRole("banner").boundingBox());
    const drawn = await page.getByRole("navigation", { name: "Pages" }).boundingBox();
    expect([navigation?.x, navigation?.width]).toEqual([drawn?.x, drawn?.width]);
    // Notices may stand above it; at the foot of a phone nothing is below.
    expect((navigation?.y ?? 0) + (navigation?.height ?? 0)).toBe((drawn?.y ?? 0) + (drawn?.height ?? 0));
  });

  it("a stranger sees the name alone", async () => {
    const { page, release } = await withheld(await stage.profile());
    expect(await page.getByText("Client Event Scheduler").isVisible()).toBe(true);
    expect(await page.locator("#frame .frame-navigation").isVisible()).toBe(false);
    release();
    await page.getByRole("heading", { name: "Dashboard", level: 1 }).waitFor();
  });
});
