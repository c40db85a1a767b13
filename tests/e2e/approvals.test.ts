import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { AdminTab } from "./support/admin-tab.js";
import { violations } from "./support/axe.js";
import { HOUR, secondsFromNow } from "./support/local-time.js";
import { Stage } from "./support/stage.js";

const stage = Stage.set();

const iso = (at: number) => new Date(at).toISOString();

/** An event that waits for approval and starts in so many hours. */
const propose = (event_id: string, hours: number, fields: Record<string, unknown> = {}) => {
  const starts = secondsFromNow(0) + hours * HOUR;
  return stage.server.call("POST", "create", {
    event_id,
    event_name: event_id,
    timezone: "UTC",
    approval_required: true,
    start_datetime: iso(starts),
    end_datetime: iso(starts + HOUR),
    ...fields,
  });
};

const openApprovals = async (options = {}): Promise<AdminTab> => stage.tab(await stage.profile(options), "/approvals");

const waiting = (page: Page) =>
  page
    .getByRole("list", { name: "Waiting for a decision" })
    .getByRole("button")
    .locator("> span:first-child")
    .allInnerTexts();

const statusOf = async (id: string) =>
  ((await stage.server.call("GET", `details/${id}`)).event as { status: string }).status;

const reasonOf = async (id: string) =>
  ((await stage.server.call("GET", `details/${id}`)).event as { decline_reason?: string }).decline_reason;

describe("what waits", () => {
  it("is listed by its start, with what approving would bring about", async () => {
    await propose("Later", 200);
    await propose("Sooner", 20, { registration_start_date: iso(secondsFromNow(-2 * 3_600)) });
    const tab = await openApprovals();
    const { page } = tab;
    await expect.poll(() => waiting(page)).toEqual(["Sooner", "Later"]);
    const effect = page.getByRole("region", { name: "What approving would do" }).getByRole("listitem");
    await expect
      .poll(() => effect.allInnerTexts())
      .toEqual([
        expect.stringMatching(/Registration opens.*past, will not fire/s),
        expect.stringMatching(/Event starts.*19:/s),
        expect.stringMatching(/Event ends.*20:/s),
      ]);
    await page
      .getByRole("link", { name: /^Approvals/ })
      .getByText("2 waiting")
      .waitFor();
    expect(await violations(page)).toEqual([]);
    await tab.screenshot("approvals");
  });

  it("appears while the page is open", async () => {
    const { page } = await openApprovals();
    await page.getByText("Nothing waits for a decision").waitFor();
    await propose("Just Proposed", 50);
    await expect.poll(() => waiting(page)).toEqual(["Just Proposed"]);
  });
});

it("is decided with the keyboard alone, and each decision leads to the next event", async () => {
  for (const [place, name] of ["One", "Two", "Three", "Four"].entries()) await propose(name, 20 + place);
  const { page } = await openApprovals();
  const { keyboard } = page;
  await expect.poll(() => waiting(page)).toEqual(["One", "Two", "Three", "Four"]);
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
  for (let presses = 0; presses < 30 && !(await focused()).startsWith("One"); presses++) await keyboard.press("Tab");
  await keyboard.press("a");
  await expect.poll(() => waiting(page)).toEqual(["Two", "Three", "Four"]);
  await expect.poll(focused).toMatch(/^Two/);
  await keyboard.press("j");
  await keyboard.press("d");
  await page.getByRole("dialog", { name: "Decline this event?" }).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("TEXTAREA");
  await keyboard.type("A day that is taken");
  await keyboard.press("Enter");
  await expect.poll(() => waiting(page)).toEqual(["Two", "Four"]);
  await expect.poll(focused).toMatch(/^Four/);
  await page.getByText("1 event was declined.").waitFor();
  await keyboard.press("k");
  await keyboard.press("a");
  await expect.poll(() => waiting(page)).toEqual(["Four"]);
  await expect.poll(() => statusOf("One")).toBe("upcoming");
  await expect.poll(() => statusOf("Two")).toBe("upcoming");
  expect(await statusOf("Three")).toBe("declined");
  expect(await reasonOf("Three")).toBe("A day that is taken");
  expect(await statusOf("Four")).toBe("pending_approval");
});

it("a decision is undone", async () => {
  await propose("Hasty", 20);
  const { page } = await openApprovals();
  await page.getByRole("button", { name: /^Decline/ }).click();
  await page.getByLabel("Reason").fill("Too soon");
  await page.getByRole("button", { name: "Decline event" }).click();
  await page.getByText("1 event was declined.").waitFor();
  expect(await statusOf("Hasty")).toBe("declined");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => waiting(page)).toEqual(["Hasty"]);
  expect(await statusOf("Hasty")).toBe("pending_approval");
  expect(await reasonOf("Hasty")).toBeUndefined();
});

describe("the reason for declining", () => {
  it("is nobody's duty, and Escape leaves the event as it is", async () => {
    await propose("Modest", 20);
    const tab = await openApprovals();
    const { page } = tab;
    const dialog = page.getByRole("dialog", { name: "Decline this event?" });
    await page.getByRole("button", { name: /^Modest/ }).focus();
    await page.keyboard.press("d");
    await page.getByLabel("Reason").fill("é".repeat(1_001));
    await dialog.getByText("1,001 characters: shorten it to 1,000.").waitFor();
    expect(await dialog.getByRole("button", { name: "Decline event" }).isDisabled()).toBe(true);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await statusOf("Modest")).toBe("pending_approval");
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent ?? "")).toMatch(/^Modest/);
    await page.keyboard.press("d");
    await page.getByLabel("Reason").waitFor();
    expect(await violations(page)).toEqual([]);
    await tab.screenshot("decline-dialog");
    await page.keyboard.press("Enter");
    await page.getByText("1 event was declined.").waitFor();
    expect(await statusOf("Modest")).toBe("declined");
    expect(await reasonOf("Modest")).toBeUndefined();
  });

  it("is asked for on the event's page, and stands there until the event is approved", async () => {
    await propose("Gala", 20);
    const tab = await stage.tab(await stage.profile(), "/events/Gala", "Gala");
    const { page } = tab;
    await page.getByRole("button", { name: "Decline" }).click();
    await page.getByLabel("Reason").fill("The hall is taken.");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("Try the week after.");
    await page.keyboard.press("Enter");
    const now = page.getByRole("region", { name: "Now" });
    await now.getByText("The hall is taken. Try the week after.").waitFor();
    expect(await reasonOf("Gala")).toBe("The hall is taken.\nTry the week after.");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await violations(page)).toEqual([]);
    await tab.screenshot("event-declined");
    await page.getByRole("button", { name: "Approve" }).click();
    await now.getByText("Declined because").waitFor({ state: "detached" });
    expect(await reasonOf("Gala")).toBeUndefined();
  });

  it("goes to every event that is declined with others, and an undo takes it back", async () => {
    await propose("One", 20);
    await propose("Two", 30);
    const tab = await stage.tab(await stage.profile());
    const { page } = tab;
    for (const name of ["One", "Two"]) await page.getByRole("checkbox", { name: `Select ${name}` }).check();
    await page.getByRole("button", { name: "Decline …" }).click();
    await page.getByLabel("Reason").fill("Too many that week");
    await tab.screenshot("decline-bulk");
    await page.keyboard.press("Enter");
    await page.getByText("2 events were declined.").waitFor();
    for (const name of ["One", "Two"]) expect(await reasonOf(name)).toBe("Too many that week");
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => statusOf("One")).toBe("pending_approval");
    await expect.poll(() => statusOf("Two")).toBe("pending_approval");
    for (const name of ["One", "Two"]) expect(await reasonOf(name)).toBeUndefined();
  });

  it("is asked for in the list, where a row declines one event", async () => {
    await propose("Solo", 20);
    const { page } = await stage.tab(await stage.profile());
    await page.getByRole("button", { name: "Decline Solo" }).click();
    await page.getByLabel("Reason").fill("No room");
    await page.keyboard.press("Enter");
    await expect.poll(() => reasonOf("Solo")).toBe("No room");
  });
});

it("no decision is taken while the server is away, and the page says so", async () => {
  await propose("Patient", 20);
  const { page } = await openApprovals();
  stage.expectComplaint(/Failed to load resource|ERR_CONNECTION|ERR_INCOMPLETE|client-event-scheduler/);
  await stage.server.halt();
  await page.getByText("Decisions can be taken again when it is back.").waitFor({ timeout: 40_000 });
  expect(await page.getByRole("button", { name: /^Approve/ }).isDisabled()).toBe(true);
}, 90_000);

it.each([
  { name: "light", options: {} },
  { name: "dark", options: { colorScheme: "dark" } },
  { name: "phone", options: { viewport: { width: 390, height: 844 } } },
] as const)("has no violations of WCAG 2.2 AA and fits the screen: $name", async ({ name, options }) => {
  await propose("Harbour Concert", 20, { venue: "Old Harbour, Hall 3" });
  await propose("A rather long name of an event that somebody has proposed for next week", 90);
  await propose("Undated", 0, { start_datetime: null, end_datetime: null });
  const tab = await openApprovals(options);
  await expect.poll(() => waiting(tab.page).then(({ length }) => length)).toBeGreaterThan(1);
  expect(await violations(tab.page)).toEqual([]);
  expect(await tab.cutOff()).toEqual([]);
  await tab.screenshot(`approvals-${name}`);
});
