import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { DAY } from "./support/local-time.js";
import { Stage } from "./support/stage.js";

const bars = (page: Page) => page.getByTestId("timeline").getByRole("listitem");
const range = (page: Page) => page.getByRole("region", { name: "Timeline" }).getByRole("status");

/** Bars that may stand in the document at once, of far more events. */
const MOST_BARS = 400;

describe("the demo's events on the timeline", () => {
  const stage = Stage.set("--demo");
  const open = async (path = "/timeline") => (await stage.tab(await stage.profile(), path, "Timeline")).page;

  it("are drawn where they are in view, and found by moving through time", async () => {
    const page = await open();
    await bars(page).first().waitFor();
    await page.getByText("Now", { exact: true }).waitFor();
    const atFirst = await range(page).textContent();
    expect(await bars(page).count()).toBeLessThan(MOST_BARS);

    await page.getByRole("button", { name: "Later" }).click();
    await expect.poll(() => range(page).textContent()).not.toBe(atFirst);
    await page.getByRole("button", { name: "Today" }).click();
    await expect.poll(() => range(page).textContent()).toBe(atFirst);
    await page.getByRole("button", { name: "All", exact: true }).click();
    await expect.poll(() => range(page).textContent()).toMatch(/202\d – .*20\d\d$/);
    expect(await bars(page).count()).toBeLessThan(MOST_BARS);
    await page.getByRole("searchbox", { name: "Search events" }).fill("PyCon US");
    await expect.poll(() => bars(page).count()).toBeLessThan(10);
    await bars(page).filter({ hasText: "PyCon US" }).first().waitFor();
  });

  it("move under the mouse and grow under the wheel", async () => {
    const page = await open();
    await bars(page).first().waitFor();
    const before = await range(page).textContent();
    await page.mouse.move(900, 600);
    await page.mouse.down();
    await page.mouse.move(500, 600, { steps: 8 });
    await page.mouse.up();
    await expect.poll(() => range(page).textContent()).not.toBe(before);
    expect(new URL(page.url()).pathname).toBe("/timeline");

    const moved = await range(page).textContent();
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -600);
    await page.keyboard.up("Control");
    await expect.poll(() => range(page).textContent()).not.toBe(moved);
  });

  it("are led through by the keyboard, one stop of the Tab key, and opened by it", async () => {
    const page = await open();
    await bars(page).first().waitFor();
    const links = page.getByTestId("timeline").getByRole("link");
    expect(
      await links.evaluateAll((found) => found.filter((link) => (link as HTMLElement).tabIndex === 0).length),
    ).toBe(1);
    await page.getByTestId("timeline").locator('a[tabindex="0"]').focus();
    const focused = () => page.evaluate(() => document.activeElement?.closest("li")?.getAttribute("data-event-id"));
    const seen = new Set([await focused()]);
    for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"]) {
      const from = await focused();
      await page.keyboard.press(key);
      await expect.poll(focused).not.toBe(from);
      seen.add(await focused());
    }
    expect(seen.size).toBeGreaterThan(2);
    const last = await focused();
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Now" }).waitFor();
    expect(decodeURIComponent(new URL(page.url()).pathname)).toBe(`/events/${last}`);
  });

  it("are marked where they are in each other's way, and can be told as a list", async () => {
    const page = await open();
    const conflicts = page.getByRole("checkbox", { name: /^\d+ venue conflicts$/ });
    await conflicts.check();
    await bars(page).first().waitFor();
    const allTold = async (told: Promise<readonly string[]>) => {
      const words = await told;
      return words.length > 0 && words.every((each) => each.includes("at the same time"));
    };
    await expect.poll(() => allTold(bars(page).allTextContents())).toBe(true);

    await page.getByText("List", { exact: true }).click();
    const rows = page.getByRole("table").getByRole("row");
    await rows.nth(1).waitFor();
    expect(await bars(page).count()).toBe(0);
    await expect.poll(() => allTold(rows.allInnerTexts().then((texts) => texts.slice(1)))).toBe(true);
    expect(new URL(page.url()).search).toContain("view=list");
  });
});

describe("ten thousand events on the timeline", () => {
  const stage = Stage.set();
  const COUNT = 10_000;

  it("are drawn as far as they are in view, and follow while they are dragged", async () => {
    const now = Math.floor(Date.now() / DAY) * DAY;
    const events = Array.from({ length: COUNT }, (_, n) => {
      const starts = now + ((n * 7_919) % 730) * DAY - 365 * DAY;
      return {
        event_id: `e${n}`,
        event_name: `Event number ${n}`,
        venue: `Hall ${n}`,
        timezone: ["Europe/Vienna", "Asia/Kolkata", "America/Denver"][n % 3],
        registration_start_date: new Date(starts - 20 * DAY).toISOString().slice(0, 16),
        start_datetime: new Date(starts).toISOString().slice(0, 16),
        end_datetime: new Date(starts + 2 * DAY).toISOString().slice(0, 16),
      };
    });
    await stage.server.call("POST", "import", events);
    const { page } = await stage.tab(await stage.profile(), "/timeline", "Timeline");
    await bars(page).first().waitFor();
    expect(await bars(page).count()).toBeLessThan(MOST_BARS);
    const before = await bars(page).allTextContents();
    await page.mouse.move(1_000, 600);
    await page.mouse.down();
    const steps: number[] = [];
    for (let step = 1; step <= 20; step++) {
      await page.mouse.move(1_000 - step * 25, 600);
      steps.push(
        await page.evaluate(async () => {
          const began = performance.now();
          await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
          return performance.now() - began;
        }),
      );
    }
    await page.mouse.up();
    // How smooth that is, is the machine's, too: it is told, not asserted.
    const median = steps.sort((a, b) => a - b)[steps.length / 2];
    console.log(`10 000 events, dragged: two frames take ${median?.toFixed(0)} ms`);
    await expect.poll(() => bars(page).allTextContents()).not.toEqual(before);
    const shown = await bars(page).count();
    expect(shown > 0 && shown < MOST_BARS, `${shown} bars`).toBe(true);
  }, 180_000);
});
