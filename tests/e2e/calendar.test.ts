import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { Stage } from "./support/stage.js";

const stage = Stage.set();

const grid = (page: Page) => page.getByRole("grid", { name: "Month" });
/** Browsers differ in whether a comma follows the weekday. */
const dated = (label: string) => new RegExp(`^${label.replace(/^(\w+day) /, "$1,? ")}`);
const day = (page: Page, label: string) => grid(page).getByRole("button", { name: dated(label) });
const agendaOf = (page: Page, label: string) => page.getByRole("region", { name: dated(label) });

const create = (id: string, from: string, until: string) =>
  stage.server.call("POST", "create", {
    event_id: id,
    event_name: `Event ${id}`,
    timezone: "Asia/Tokyo",
    start_datetime: from,
    end_datetime: until,
  });

const open = async (path: string, options = {}) =>
  (await stage.tab(await stage.profile(options), path, "Calendar")).page;

it.each([
  ["en-GB", "Mon"],
  ["en-US", "Sun"],
])("begins the week in %s with %s", async (locale, first) => {
  const page = await open("/calendar?day=2031-05-14", { locale });
  await page.getByText("May 2031", { exact: true }).waitFor();
  const weekdays = await grid(page).getByRole("columnheader").allInnerTexts();
  expect([weekdays[0], weekdays.length]).toEqual([first, 7]);
});

it("shows events on the days of their own zone, over all days that they take", async () => {
  await create("long", "2031-05-12T23:30", "2031-05-15T00:00");
  const page = await open("/calendar?day=2031-05-14");
  const bar = page.getByRole("link", { name: "Event long" });
  await grid(page).getByRole("link", { name: "Event long" }).waitFor();
  expect(await grid(page).locator("td").filter({ has: bar }).getByRole("button").first().textContent()).toBe("12");
  for (const label of [
    "Monday 12 May 2031, 1 event",
    "Wednesday 14 May 2031, 1 event",
    "Thursday 15 May 2031, 0 events",
  ]) {
    expect(await day(page, label).count(), label).toBe(1);
  }
  const [width, cell] = await Promise.all([
    grid(page).getByRole("link").boundingBox(),
    grid(page).locator("td").first().boundingBox(),
  ]);
  expect(Math.round((width?.width ?? 0) / (cell?.width ?? 1))).toBe(3);
});

it("says how many more a day holds, and leads to them", async () => {
  for (let n = 0; n < 12; n++) await create(`n${n}`, "2031-05-14T09:00", "2031-05-14T17:00");
  const page = await open("/calendar?day=2031-05-01");
  const more = grid(page).getByRole("button", { name: /^\+\d+ more$/ });
  await more.click();
  const agenda = agendaOf(page, "Wednesday 14 May 2031");
  await expect.poll(() => agenda.getByRole("listitem").count()).toBe(12);
  const heading = agenda.getByRole("heading");
  await expect.poll(() => heading.evaluate((found) => found === document.activeElement)).toBe(true);
  await agenda.getByRole("link", { name: "Event n7" }).click();
  await page.getByRole("heading", { name: "Event n7", level: 1 }).waitFor();
});

it("is led through by the keyboard, over the ends of months too", async () => {
  await create("june", "2031-06-02T09:00", "2031-06-02T17:00");
  const page = await open("/calendar?day=2031-05-30");
  await day(page, "Friday 30 May 2031").focus();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
  for (const [key, label] of [
    ["ArrowRight", "Saturday 31 May 2031, 0 events"],
    ["ArrowRight", "Sunday 1 June 2031, 0 events"],
    ["ArrowRight", "Monday 2 June 2031, 1 event"],
    ["End", "Sunday 8 June 2031, 0 events"],
    ["PageUp", "Thursday 8 May 2031, 0 events"],
  ] as const) {
    await page.keyboard.press(key);
    await expect.poll(focused).toMatch(dated(label));
  }
  expect(new URL(page.url()).searchParams.get("day")).toBe("2031-05-08");
});

it("shows on a phone how busy the days are, and the chosen one below", async () => {
  await create("one", "2031-05-14T09:00", "2031-05-14T17:00");
  const page = await open("/calendar?day=2031-05-13", { viewport: { width: 390, height: 844 } });
  await day(page, "Wednesday 14 May 2031, 1 event").click();
  await agendaOf(page, "Wednesday 14 May 2031").getByRole("link", { name: "Event one" }).waitFor();
});
