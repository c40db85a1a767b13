import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Application, screenshot } from "./application.js";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const TABS = ["Queue", "Deliveries", "Health", "Explain", "Time travel"] as const;
const PHONE = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2 };

let application: Application;

beforeAll(async () => {
  application = await Application.start();
});
afterAll(() => application.stop());
afterEach(() => Promise.all(application.browser.contexts().map((context) => context.close())));

const tab = (page: Page, name: string) => page.getByRole("tab", { name });
const panel = (page: Page) => page.getByRole("tabpanel");

/** Lets the scheduler's clock run ahead and fire what is due by then. */
const advance = (page: Page, hours: number) => page.evaluate(`page.ahead += ${hours} * 3600000; scheduler.tick()`);

async function violations(page: Page): Promise<readonly string[]> {
  await page.addScriptTag({ path: AXE });
  const results = (await page.evaluate("axe.run()")) as AxeResults;
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

describe("the inspector", () => {
  it.each([
    ["light", {}],
    ["dark", {}],
    ["light", PHONE],
    ["dark", PHONE],
  ] as const)("is accessible in every tab: %s, %o", async (colorScheme, device) => {
    const page = await application.open("open", { colorScheme, ...device });
    const name = `inspector-${colorScheme}-${"viewport" in device ? "phone" : "desktop"}`;
    await advance(page, 1.5);
    for (const title of TABS) {
      await tab(page, title).click();
      if (title === "Explain") {
        await page.getByLabel("Id of an event or a trigger").fill("jsconf-2027");
        await page.getByRole("button", { name: "Explain" }).click();
        await page.getByText("event_start of jsconf-2027", { exact: false }).first().waitFor();
      }
      await screenshot(page, `${name}-${title.toLowerCase().replace(" ", "-")}`);
      expect(await violations(page), title).toEqual([]);
    }
    await page.keyboard.press("Escape");
    await screenshot(page, `${name}-closed`);
    expect(await violations(page), "folded up").toEqual([]);
  });

  it("neither takes the page's style nor gives it any", async () => {
    const page = await application.open("open");
    const looks = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => {
          const { color, fontSize, letterSpacing, display } = getComputedStyle(element);
          return { color, fontSize, letterSpacing, display };
        });
    expect(await looks("#button")).toMatchObject({ color: "rgb(200, 0, 0)", fontSize: "31px", letterSpacing: "4px" });
    const inside = await looks("client-event-scheduler-inspector .row");
    expect(inside).toMatchObject({ fontSize: "13px", letterSpacing: "normal", display: "flex" });
    expect(inside.color).not.toBe("rgb(200, 0, 0)");
  });

  it("is operated with the keyboard alone", async () => {
    const page = await application.open("");
    const button = page.getByRole("button", { name: /Scheduler inspector: ok, next trigger in/ });
    await button.focus();
    await page.keyboard.press("Enter");
    await tab(page, "Queue").focus();
    await page.keyboard.press("ArrowLeft");
    expect(await tab(page, "Time travel").getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("Home");
    expect(await tab(page, "Queue").getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("Escape");
    await button.waitFor();
    expect(await button.evaluate((element) => (element.getRootNode() as ShadowRoot).activeElement === element)).toBe(
      true,
    );
  });

  it("retries a dead letter, and shows that it was delivered", async () => {
    const page = await application.open("open");
    await advance(page, 1);
    await tab(page, "Deliveries").click();
    const letters = page.getByRole("list", { name: "Dead letters" });
    await letters.getByText("notify answered 503").waitFor();
    await page.evaluate("page.failing = false");
    await letters.getByRole("button", { name: "Retry" }).click();
    await letters.waitFor({ state: "detached" });
    const delivered = page.getByRole("list", { name: "Deliveries" }).getByRole("listitem");
    await delivered.filter({ hasText: "RustFest" }).filter({ hasText: "Delivered" }).waitFor();
  });

  it("shows what would fire until another time", async () => {
    const page = await application.open("open&events=3");
    await tab(page, "Time travel").click();
    await panel(page).getByText("6 triggers until").waitFor();
    await page.getByLabel("How far ahead").press("End");
    await panel(page).getByText("12 triggers until").waitFor();
  });

  it("shows the beginning of a long queue, and stays calm while all of it changes", async () => {
    const page = await application.open("open&events=10000");
    await panel(page).getByText("The first 200 of 40,000 triggers").waitFor();
    const rows = page.getByRole("list", { name: "Coming triggers" }).getByRole("listitem");
    expect(await rows.count()).toBe(200);
    const mutations = await page.evaluate(async () => {
      const global = globalThis as unknown as {
        scheduler: { getAllEvents(): readonly { event_id: string }[]; updateEvent(id: string, event: object): void };
      };
      const list = document.querySelector("client-event-scheduler-inspector")?.shadowRoot?.querySelector("ul");
      let batches = 0;
      const observer = new MutationObserver(() => {
        batches += 1;
      });
      observer.observe(list as Node, { childList: true, subtree: true, characterData: true });
      const started = performance.now();
      const events = global.scheduler.getAllEvents();
      for (let n = 0; n < 2000; n += 1) {
        const { event_id, ...event } = events[n] as { event_id: string };
        global.scheduler.updateEvent(event_id, { ...event, round: n });
        if (n % 20 === 0) {
          await new Promise((done) => setTimeout(done, 0));
        }
      }
      observer.disconnect();
      return { batches, seconds: (performance.now() - started) / 1000 };
    });
    // The countdowns move once a second, the list four times a second at most.
    expect(mutations.batches).toBeLessThanOrEqual(6 * Math.ceil(mutations.seconds + 1));
    await page.getByLabel("Filter the queue").fill("marathon");
    await panel(page).getByText("4 found among the next 2,000").waitFor();
  });
});
