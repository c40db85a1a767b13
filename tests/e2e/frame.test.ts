import { expect, it } from "vitest";
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
