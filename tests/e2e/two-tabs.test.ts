import { describe, expect, it } from "vitest";
import type { AdminTab } from "./support/admin-tab.js";
import { DAY, HOUR, secondsFromNow } from "./support/local-time.js";
import { Stage } from "./support/stage.js";

const stage = Stage.set();

/** Time enough for a loaded machine, and far less than any polling would need. */
const FOLLOWS_WITHIN_MS = 3_000;

const openTwoTabs = async (): Promise<readonly [AdminTab, AdminTab]> => {
  const [first, second] = await stage.tabs(2);
  if (!first || !second) throw new Error("two tabs were asked for");
  return [first, second];
};

const dueTimes = async (tab: AdminTab, name: string): Promise<string[]> => {
  const times = await tab.queued(name).locator("time").all();
  return Promise.all(times.map(async (time) => (await time.getAttribute("datetime")) ?? ""));
};

describe("an event created in a form", () => {
  it("is queued in that tab before the server has answered, and in the other tab right after", async () => {
    const [first, second] = await openTwoTabs();
    const name = "Harbour Night Run";
    const starts = secondsFromNow(10 * 86_400);
    let answer: () => void = () => undefined;
    const held = new Promise<void>((release) => (answer = release));
    await first.page.route("**/events/create", async (route) => {
      await held;
      await route.continue();
    });

    await first.openNewForm();
    await first.fill({ name, venue: "Trieste", starts, ends: starts + 5 * HOUR, registrationOpens: starts - 3 * DAY });
    await first.submit();
    await first.queued(name).nth(2).waitFor({ timeout: FOLLOWS_WITHIN_MS });
    expect(await dueTimes(first, name)).toEqual(
      [starts - 3 * DAY, starts, starts + 5 * HOUR].map((at) => new Date(at).toISOString()),
    );

    answer();
    await first.formClosed();
    await second.row(name).waitFor({ timeout: FOLLOWS_WITHIN_MS });
    await expect.poll(() => dueTimes(second, name)).toEqual(await dueTimes(first, name));
    await second.rowIn(name, "registration_not_started").waitFor();
  });

  it("is the same event on the server, with local times in its own zone", async () => {
    const [tab] = await openTwoTabs();
    const starts = secondsFromNow(20 * 86_400);
    await tab.create({ name: "Nagoya Relay", timeZone: "Asia/Tokyo", starts, ends: starts + DAY });

    const { events } = await stage.server.call("GET", "list");
    expect(events).toEqual([
      expect.objectContaining({ event_name: "Nagoya Relay", timezone: "Asia/Tokyo", revision: 1 }),
    ]);
    expect(await dueTimes(tab, "Nagoya Relay")).toEqual([starts, starts + DAY].map((at) => new Date(at).toISOString()));
  });
});

it("a registration that opens in some seconds is seen to open in both tabs without a reload", async () => {
  const [first, second] = await openTwoTabs();
  const name = "Opens Any Moment";
  for (const tab of [first, second]) await tab.page.evaluate(() => Object.assign(window, { neverReloaded: true }));

  await first.openNewForm();
  const starts = secondsFromNow(2 * 86_400);
  await first.fill({ name, starts, ends: starts + HOUR });
  const opens = secondsFromNow(12);
  await first.fill({ registrationOpens: opens });
  await first.submit();
  await first.formClosed();
  await second.rowIn(name, "registration_not_started").waitFor({ timeout: 10_000 });

  const seenOpen = await Promise.all(
    [first, second].map(async (tab) => {
      await tab.rowIn(name, "registration_open").waitFor({ timeout: 25_000 });
      return Date.now();
    }),
  );
  for (const at of seenOpen) {
    expect(at).toBeGreaterThanOrEqual(opens);
    expect(at).toBeLessThan(opens + 15_000);
  }
  for (const tab of [first, second]) {
    await expect.poll(() => tab.happened(name).textContent()).toContain("Registration not started → Registration open");
    expect(await tab.happened(name).textContent()).toContain("on time");
    await tab.page.getByRole("alert").filter({ hasText: name }).first().waitFor();
    expect(await tab.page.evaluate(() => "neverReloaded" in window)).toBe(true);
  }
  await first.screenshot("registration-opened");
});

it("an edited date moves its trigger in both tabs", async () => {
  const [first, second] = await openTwoTabs();
  const name = "Movable Feast";
  const starts = secondsFromNow(5 * 86_400);
  await first.create({ name, starts, ends: starts + HOUR });
  await second.queued(name).nth(1).waitFor({ timeout: FOLLOWS_WITHIN_MS });

  await second.openEditForm(name);
  await second.fill({ starts: starts + DAY, ends: starts + DAY + HOUR });
  await second.submit();
  await second.formClosed();

  const moved = [starts + DAY, starts + DAY + HOUR].map((at) => new Date(at).toISOString());
  expect(await dueTimes(second, name)).toEqual(moved);
  await expect.poll(() => dueTimes(first, name), { timeout: FOLLOWS_WITHIN_MS }).toEqual(moved);
});

it("an event that needs approval gets its triggers when it is approved and loses them when it is declined", async () => {
  const [first, second] = await openTwoTabs();
  const name = "Waits for a Yes";
  const starts = secondsFromNow(5 * 86_400);
  await first.create({ name, starts, ends: starts + HOUR, approvalRequired: true });
  for (const tab of [first, second]) {
    await tab.rowIn(name, "pending_approval").waitFor({ timeout: FOLLOWS_WITHIN_MS });
    expect(await tab.queued(name).count()).toBe(0);
  }

  await second.page.getByRole("button", { name: `Decline ${name}` }).click();
  await second.page.getByRole("dialog").getByRole("button", { name: "Decline event" }).click();
  for (const tab of [second, first]) {
    await tab.rowIn(name, "declined").waitFor({ timeout: FOLLOWS_WITHIN_MS });
    expect(await tab.queued(name).count()).toBe(0);
  }

  await first.page.getByRole("button", { name: `Approve ${name}` }).click();
  for (const tab of [first, second]) {
    await tab.queued(name).nth(1).waitFor({ timeout: FOLLOWS_WITHIN_MS });
    await tab.rowIn(name, "registration_not_required").waitFor();
  }
});

it("a deleted event is gone from both tabs", async () => {
  const [first, second] = await openTwoTabs();
  const name = "Called Off";
  const starts = secondsFromNow(5 * 86_400);
  await first.create({ name, starts, ends: starts + HOUR });
  await second.row(name).waitFor({ timeout: FOLLOWS_WITHIN_MS });

  await second.page.getByRole("button", { name: `Delete ${name}` }).click();
  await second.page.getByRole("dialog").getByRole("button", { name: "Keep it" }).click();
  await second.formClosed();
  expect(await second.row(name).count()).toBe(1);

  await second.page.getByRole("button", { name: `Delete ${name}` }).click();
  await second.page.getByRole("dialog").getByRole("button", { name: "Delete event" }).click();
  for (const tab of [second, first]) {
    await tab.row(name).waitFor({ state: "detached", timeout: FOLLOWS_WITHIN_MS });
    expect(await tab.queued(name).count()).toBe(0);
  }
});

it("a change made by another client reaches both tabs", async () => {
  const [first, second] = await openTwoTabs();
  const starts = secondsFromNow(5 * 86_400);
  await stage.server.call("POST", "create", {
    event_id: "from-elsewhere",
    event_name: "From Elsewhere",
    start_datetime: new Date(starts).toISOString(),
    end_datetime: new Date(starts + HOUR).toISOString(),
  });
  for (const tab of [first, second]) await tab.queued("From Elsewhere").nth(1).waitFor({ timeout: FOLLOWS_WITHIN_MS });
});
