import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { AdminTab } from "./support/admin-tab.js";
import { violations } from "./support/axe.js";
import { HOUR, secondsFromNow } from "./support/local-time.js";
import { Stage } from "./support/stage.js";

const stage = Stage.set();

const iso = (at: number) => new Date(at).toISOString();

const event = (event_id: string, starts: number, fields: Record<string, unknown> = {}) => ({
  event_id,
  event_name: event_id.replaceAll("-", " "),
  timezone: "UTC",
  start_datetime: iso(starts),
  end_datetime: iso(starts + HOUR),
  ...fields,
});

/** Opens the page. */
async function openScheduler(query = "", options = {}): Promise<AdminTab> {
  return stage.tab(await stage.profile(options), `/scheduler${query}`);
}

const create = (...events: readonly object[]) =>
  Promise.all(events.map((each) => stage.server.call("POST", "create", each)));

const comparison = (page: Page, label: string) =>
  page.getByRole("table", { name: "This page and the server" }).getByRole("row", { name: new RegExp(`^${label}`) });

const orders = (tab: AdminTab, label: string) => tab.page.getByRole("button", { name: label });

describe("page and server side by side", () => {
  it("agree on what is tracked and queued", async () => {
    const starts = secondsFromNow(5 * 86_400);
    await create(event("Gala-Night", starts), event("Harbour-Run", starts + HOUR));
    const { page } = await openScheduler();
    const cells = () => comparison(page, "Events tracked").getByRole("cell").allInnerTexts();
    await expect.poll(cells).toEqual(["2", "2", "same"]);
    await expect.poll(() => comparison(page, "Next trigger").getAttribute("data-verdict")).toBe("same");
    await page.getByText("alike", { exact: true }).waitFor();
    await page.getByText("this tab", { exact: true }).waitFor();
  });

  it("are told apart where only one of them is paused, until it is resumed", async () => {
    const tab = await openScheduler();
    const { page } = tab;
    await orders(tab, "Pause …").click();
    const dialog = page.getByRole("dialog", { name: "Pause the scheduler" });
    expect(await dialog.getByRole("button", { name: "Pause", exact: true }).isDisabled()).toBe(true);
    await dialog.getByLabel("Reason").fill("Moving the mail server");
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Pause", exact: true }).click();
    await page.getByText("The server's scheduler is paused: Moving the mail server").waitFor();
    await expect.poll(() => comparison(page, "Paused").getAttribute("data-verdict")).toBe("differs");
    await tab.screenshot("scheduler-paused");

    await orders(tab, "Resume …").click();
    await page.getByText("Nothing has come due since then").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
    await expect.poll(() => comparison(page, "Paused").getAttribute("data-verdict")).toBe("same");
  });
});

describe("orders", () => {
  it("a pause keeps back what comes due, and a resume delivers it or leaves it out", async () => {
    const tab = await openScheduler();
    const { page } = tab;
    await orders(tab, "Pause …").click();
    await page.getByLabel("Reason").fill("Trying it");
    await page.keyboard.press("Enter");
    await orders(tab, "Resume …").waitFor();
    await create(event("Held-Back", secondsFromNow(1)));
    await orders(tab, "Resume …").click();
    const dialog = page.getByRole("dialog", { name: "Resume the scheduler" });
    await dialog.getByText("The 1 trigger that came due meanwhile").waitFor();
    await dialog.getByLabel("Leave them out").check();
    await tab.screenshot("scheduler-resume");
    await dialog.getByRole("button", { name: "Resume" }).click();
    await dialog.waitFor({ state: "detached" });

    await page.getByRole("tab", { name: "History" }).click();
    await page
      .getByRole("table", { name: "History" })
      .getByRole("row", { name: /Held Back.*left out/ })
      .waitFor();
  });

  it("a backfill says what it will deliver before it does, and the history says that it did", async () => {
    const now = secondsFromNow(0);
    await create(event("Forgotten-Fair", now - 3 * HOUR), event("Other-Fair", now + 3 * HOUR));
    const tab = await openScheduler();
    const { page } = tab;
    await orders(tab, "Backfill …").click();
    const dialog = page.getByRole("dialog", { name: "Backfill" });
    const preview = dialog.getByRole("region", { name: "What will be delivered" });
    await preview.getByText("2 triggers").waitFor();
    expect(await preview.getByRole("listitem").allInnerTexts()).toEqual([
      expect.stringMatching(/Forgotten Fair.*Event starts/s),
      expect.stringMatching(/Forgotten Fair.*Event ends/s),
    ]);
    expect(await violations(page)).toEqual([]);
    await tab.screenshot("scheduler-backfill");
    await dialog.getByRole("button", { name: "Deliver 2" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText("2 triggers are delivered.").waitFor();
    await page.getByRole("tab", { name: "History" }).click();
    await page.getByLabel("How").selectOption("backfill");
    await expect.poll(() => page.getByRole("table", { name: "History" }).getByRole("row").count()).toBe(3);
  });

  it("a stretch in which everything was delivered has nothing to backfill", async () => {
    await create(event("Just-Begun", secondsFromNow(1)));
    const tab = await openScheduler();
    await tab.page.getByRole("tab", { name: "History" }).click();
    await tab.page
      .getByRole("table", { name: "History" })
      .getByRole("row", { name: /Just Begun/ })
      .waitFor();
    await orders(tab, "Backfill …").click();
    const dialog = tab.page.getByRole("dialog", { name: "Backfill" });
    await dialog.getByText("Nothing: whatever was due then has been delivered.").waitFor();
    expect(await dialog.getByRole("button", { name: "Deliver" }).isDisabled()).toBe(true);
    await dialog.getByLabel("Also what was delivered before").check();
    await dialog.getByRole("button", { name: "Deliver 1" }).waitFor();
    await dialog.getByLabel("Up to").fill("2099-01-01T00:00");
    await dialog.getByText("Choose a time that is past.").waitFor();
  });

  it("the catch-up window is set, and shown", async () => {
    const tab = await openScheduler();
    const { page } = tab;
    await orders(tab, "Catch-up window …").click();
    await page.getByRole("dialog").getByLabel("Hours").fill("48");
    await page.getByRole("dialog").getByRole("button", { name: "Set" }).click();
    await expect
      .poll(() => comparison(page, "Catch-up window").getByRole("cell").allInnerTexts())
      .toEqual(["24 h", "48 h", "differs"]);
  });

  it("cannot be given while the server is away, and the page says so", async () => {
    const tab = await openScheduler();
    const { page } = tab;
    stage.expectComplaint(/Failed to load resource|ERR_CONNECTION|ERR_INCOMPLETE|client-event-scheduler/);
    await stage.server.halt();
    await page.getByText("The server does not say how its scheduler is").waitFor({ timeout: 30_000 });
    await orders(tab, "Pause …").click();
    const dialog = page.getByRole("dialog", { name: "Pause the scheduler" });
    await dialog.getByText("Orders can be given again when it is back.").waitFor({ timeout: 40_000 });
    await dialog.getByLabel("Reason").fill("In vain");
    expect(await dialog.getByRole("button", { name: "Pause", exact: true }).isDisabled()).toBe(true);
    await tab.screenshot("scheduler-away");
    await stage.server.resume();
    await dialog.getByText("Orders can be given again").waitFor({ state: "detached", timeout: 50_000 });
  }, 150_000);
});

describe("the queue", () => {
  it("is filtered by event and kind, and explains each trigger in the words of both sides", async () => {
    const starts = secondsFromNow(5 * 86_400);
    await create(event("Gala-Night", starts), event("Harbour-Run", starts + HOUR));
    const tab = await openScheduler("?tab=queue");
    const { page } = tab;
    const queue = page.getByRole("list", { name: "Queue" });
    await expect.poll(() => queue.locator("> li").count()).toBe(4);
    await page.getByText("The 4 shown are the same here and on the server.").waitFor();

    await page.getByRole("combobox", { name: "Event" }).fill("gala");
    await page.getByRole("option", { name: "Gala Night" }).click();
    await expect.poll(() => queue.locator("> li").count()).toBe(2);
    await page.getByLabel("Kind").selectOption("event_start");
    await expect.poll(() => queue.locator("> li").count()).toBe(1);
    expect(new URL(page.url()).searchParams.get("event")).toBe("Gala-Night");

    await queue.getByRole("button", { name: "Why" }).click();
    for (const side of ["The server says", "This page says"]) {
      await expect.poll(() => page.getByRole("region", { name: side }).innerText()).toMatch(/fires|due/i);
    }
    expect(await violations(page)).toEqual([]);
    await tab.screenshot("scheduler-explained");
  });

  it("marks what only one side has", async () => {
    const starts = secondsFromNow(5 * 86_400);
    await create(event("Known-Here", starts));
    const tab = await openScheduler("?tab=queue");
    const { page } = tab;
    await expect.poll(() => page.getByTestId("merged-queue").locator("> li").count()).toBe(2);
    await page.route("**/api/v1/admin/scheduler/triggers**", async (route) => {
      const answer = await route.fetch();
      const body = (await answer.json()) as { triggers: object[] };
      await route.fulfill({ response: answer, json: { ...body, triggers: body.triggers.slice(0, 1) } });
    });
    await page.getByText("1 of the 2 shown is in one queue only.").waitFor({ timeout: 30_000 });
    await page.getByText("this page only").waitFor();
  });
});

it("works out again what would fire when the events change", async () => {
  const { page } = await openScheduler("?tab=forecast");
  await page.getByText("Nothing fires in that time").waitFor();
  await create(event("Coming-Fair", secondsFromNow(0) + 4 * HOUR));
  const shown = page.getByRole("list", { name: "What would fire" }).locator("> li");
  await expect.poll(() => shown.count()).toBe(2);
});

it("tells what would fire between two instants, and what became of the past", async () => {
  const now = secondsFromNow(0);
  await create(event("Past-Fair", now - 4 * HOUR), event("Coming-Fair", now + 4 * HOUR));
  const tab = await openScheduler("?tab=forecast");
  const { page } = tab;
  const shown = page.getByRole("list", { name: "What would fire" }).locator("> li");
  await expect
    .poll(() => shown.allInnerTexts())
    .toEqual([
      expect.stringMatching(/Coming Fair.*Event starts.*No registration → Event under way/s),
      expect.stringMatching(/Coming Fair.*Event ends.*Event under way → Completed/s),
    ]);
  await page.getByLabel("After").fill("2020-01-01T00:00");
  await page.getByRole("button", { name: "Show" }).click();
  await expect.poll(() => shown.count()).toBe(4);
  await expect.poll(() => shown.first().innerText()).toMatch(/Past Fair.*was past when it became known/s);
  await page.getByLabel("Up to").fill("2019-01-01T00:00");
  await page.getByText("Choose a time after the beginning.").waitFor();
});

it.each([
  { name: "light", options: {} },
  { name: "dark", options: { colorScheme: "dark" } },
  { name: "phone", options: { viewport: { width: 390, height: 844 } } },
] as const)("has no violations of WCAG 2.2 AA and fits the screen: $name", async ({ name, options }) => {
  const now = secondsFromNow(0);
  await create(
    event("Forgotten-Fair", now - 3 * HOUR),
    event("Gala-Night", now + 5 * HOUR, { registration_start_date: iso(now - HOUR), venue: "Harbour Hall" }),
    event("A-rather-long-name-of-a-conference-that-goes-on-and-on", now + 6 * HOUR),
  );
  const tab = await openScheduler("", options);
  const { page } = tab;
  for (const panel of ["Overview", "Queue", "History", "What if"]) {
    await page.getByRole("tab", { name: panel }).click();
    await page.getByRole("tabpanel", { name: panel }).waitFor();
    await expect.poll(() => page.locator("[aria-busy=true]:visible, .mantine-Loader-root").count()).toBe(0);
    expect(await violations(page), panel).toEqual([]);
    expect(await tab.cutOff(), panel).toEqual([]);
    await tab.screenshot(`scheduler-${name}-${panel.toLowerCase().replace(" ", "-")}`);
  }
});
