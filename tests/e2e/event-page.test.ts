import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { violations } from "./support/axe.js";
import { DAY, HOUR, secondsFromNow } from "./support/local-time.js";
import { Stage } from "./support/stage.js";

const stage = Stage.set();

const part = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const iso = (at: number) => new Date(at).toISOString();

async function openEvent(fields: Readonly<Record<string, unknown>> = {}) {
  // Half an hour more than whole days, so that what is left reads the same for as long as the test takes.
  const starts = secondsFromNow(5 * 86_400 - 1_800);
  await stage.server.call("POST", "create", {
    event_id: "gala",
    event_name: "Harbour Gala",
    venue: "Trieste",
    timezone: "America/New_York",
    registration_start_date: iso(starts - 30 * DAY),
    registration_end_date: iso(starts - DAY),
    start_datetime: iso(starts),
    end_datetime: iso(starts + 3 * HOUR),
    topic: "sailing",
    ...fields,
  });
  const tab = await stage.tab(await stage.profile(), "/events/gala", "Harbour Gala");
  return { tab, page: tab.page, starts };
}

it("tells where the event stands, what is to come, when that is for whom, and why", async () => {
  const { page, starts } = await openEvent();
  expect(await page.title()).toBe("Harbour Gala · Client Event Scheduler");
  await part(page, "Now").getByText("Registration open", { exact: true }).waitFor();
  expect(await part(page, "Now").getByRole("timer").textContent()).toMatch(/^3 d 23 h$/);

  const triggers = page.getByTestId("triggers").getByRole("listitem");
  await expect.poll(() => triggers.count()).toBe(4);
  const close = triggers.filter({ hasText: "Registration closes" });
  await close.getByText("Why").click();
  for (const who of ["This page", "Server"]) {
    const said = close.locator("dl > div").filter({ has: page.getByText(who, { exact: true }) });
    await said.getByText(`Is due at ${iso(starts - DAY)}`).waitFor();
  }
  // What lay in the past when the event became known does not fire, and that is said too.
  const open = triggers.filter({ hasText: "Registration opens" });
  await open.getByText("Why").click();
  await open
    .getByText(/lay too far in the past/)
    .first()
    .waitFor();

  const start = part(page, "Dates").locator("dl > div").filter({ hasText: "Event starts" });
  const readings = await start.locator("dd").allInnerTexts();
  expect(readings.map((reading) => reading.split(/\s+/).at(-1))).toEqual(["You", "Event", "UTC"]);
  expect(new Set(readings).size).toBe(3);
  await part(page, "Also stored").getByText("sailing").waitFor();
});

it("is edited from its page, and tells who changed it", async () => {
  const { tab, page, starts } = await openEvent();
  await page.getByTestId("changes").getByText("Created by").waitFor();
  await page.getByRole("link", { name: "Edit" }).click();
  await tab.fill({ venue: "Piran", timeZone: "America/New_York", starts: starts + DAY, ends: starts + DAY + HOUR });
  await tab.submit();
  await tab.formClosed();
  expect(new URL(page.url()).pathname).toBe("/events/gala");
  await page.getByText("Piran").first().waitFor();
  await expect
    .poll(() => page.getByTestId("triggers").locator("time").last().getAttribute("datetime"))
    .toBe(iso(starts + DAY + HOUR));
  const change = page.getByTestId("changes").getByRole("listitem").filter({ hasText: "Changed by" });
  const venue = change.locator("dl > div").filter({ hasText: "Venue" });
  await expect.poll(() => venue.textContent()).toBe("VenueTrieste → Piran");
  await tab.screenshot("event-changes");
  expect(await violations(page)).toEqual([]);

  await page.getByRole("link", { name: "The whole audit" }).click();
  const rows = page.getByRole("table", { name: "Audit" }).getByRole("row");
  const updated = rows.filter({ hasText: "/update/" });
  await updated.getByText("Piran").waitFor();
  // Both sides are told in the event's zone, whether they were stored as an instant or as its local time.
  const [before, after] = await updated
    .locator("dl > div")
    .filter({ hasText: "Event starts" })
    .locator("del, ins")
    .allInnerTexts();
  expect(after?.split(", ").at(-1)).toBe(before?.split(", ").at(-1));
  const created = rows.filter({ hasText: "/create" });
  await created.getByText(/^\d+ fields$/).click();
  await created.getByText("Trieste").waitFor();
  await tab.screenshot("audit-changes");
  expect(await violations(page)).toEqual([]);
});

it("follows an approval into its history, and a deletion back to the list", async () => {
  const { page } = await openEvent({ approval_required: true });
  await part(page, "Now").getByText("No triggers before somebody has approved it.").waitFor();
  await page.getByRole("button", { name: "Approve" }).click();
  await part(page, "Now").getByText("Registration open", { exact: true }).waitFor();
  await expect.poll(() => page.getByTestId("triggers").getByRole("timer").count()).toBe(3);
  await page.getByTestId("history").getByText("Pending approval → Registration open").waitFor();

  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete event" }).click();
  await page.getByRole("heading", { name: "Events", level: 1 }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/events");
  await page.getByText("No events yet").waitFor();
});

it("says so where there is no such event", async () => {
  const { page } = await stage.tab(await stage.profile(), "/events/nobody", "This event does not exist");
  await page.getByRole("main").getByRole("link", { name: "Events" }).click();
  await page.getByRole("heading", { name: "Events", level: 1 }).waitFor();
});
