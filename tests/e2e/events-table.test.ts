import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { AdminTab } from "./support/admin-tab.js";
import { violations } from "./support/axe.js";
import { HOUR, secondsFromNow } from "./support/local-time.js";
import { Stage } from "./support/stage.js";

const stage = Stage.set();

const DAY = 24 * HOUR;
const iso = (at: number) => new Date(at).toISOString();

interface Fields {
  readonly [field: string]: unknown;
}

/** Stores events that start a day apart, the first in five days, and opens the list when they are there. */
async function openWith(names: readonly string[], fields: Readonly<Record<string, Fields>> = {}): Promise<AdminTab> {
  const first = secondsFromNow(5 * 86_400);
  for (const [place, name] of names.entries()) {
    const starts = first + place * DAY;
    await stage.server.call("POST", "create", {
      event_id: name,
      event_name: name,
      timezone: "UTC",
      start_datetime: iso(starts),
      end_datetime: iso(starts + HOUR),
      ...fields[name],
    });
  }
  const [tab] = await stage.tabs(1);
  if (!tab) throw new Error("a tab was asked for");
  await expect.poll(() => shownNames(tab.page).then(({ length }) => length)).toBe(names.length);
  return tab;
}

const table = (page: Page): Locator => page.getByRole("table", { name: "Events" });

const shownNames = (page: Page): Promise<string[]> =>
  table(page)
    .locator("[data-event-id]")
    .evaluateAll((rows) =>
      rows
        .map((row) => [Number(row.getAttribute("aria-rowindex")), row.getAttribute("data-event-id") ?? ""] as const)
        .sort(([a], [b]) => a - b)
        .map(([, id]) => id),
    );

const selectedNames = (page: Page): Promise<string[]> =>
  table(page)
    .locator('[data-event-id][aria-selected="true"]')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-event-id") ?? "").sort());

const check = (page: Page, name: string): Locator =>
  page.getByRole("checkbox", { name: `Select ${name}`, exact: true });

const stored = async (id: string) => (await stage.server.call("GET", `details/${id}`)).event as Record<string, unknown>;

const startOf = async (id: string) => Date.parse(String((await stored(id)).start_datetime));

const bar = (page: Page) => page.getByRole("region", { name: "Selected events" });

async function ask(page: Page, action: string): Promise<Locator> {
  await bar(page)
    .getByRole("button", { name: `${action} …` })
    .click();
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  return dialog;
}

describe("the columns", () => {
  it("sort the list by what they show, either way, and the address says so", async () => {
    const { page } = await openWith(["Beta", "Alpha", "Gamma"]);
    expect(await shownNames(page)).toEqual(["Beta", "Alpha", "Gamma"]);
    await page.getByRole("button", { name: "Event", exact: true }).click();
    await expect.poll(() => shownNames(page)).toEqual(["Alpha", "Beta", "Gamma"]);
    await page.getByRole("columnheader", { name: "Event" }).and(page.locator("[aria-sort=ascending]")).waitFor();
    await page.getByRole("button", { name: "Event", exact: true }).click();
    await expect.poll(() => shownNames(page)).toEqual(["Gamma", "Beta", "Alpha"]);
    expect(new URL(page.url()).search).toBe("?sort=name&order=desc");
  });

  it("are chosen, and stay chosen in a saved view", async () => {
    const { page } = await openWith(["Alpha"]);
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: "Revision" }).check();
    await page.getByRole("checkbox", { name: "Status" }).uncheck();
    await page.keyboard.press("Escape");
    await page.getByRole("columnheader", { name: "Revision" }).waitFor();
    await page.getByRole("columnheader", { name: "Status" }).waitFor({ state: "detached" });

    await page.getByRole("button", { name: /^Views/ }).click();
    await page.getByRole("menuitem", { name: "Save this view …" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("With revisions");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Views: With revisions" }).click();
    await page.getByRole("menuitem", { name: "All events" }).click();
    await page.getByRole("columnheader", { name: "Status" }).waitFor();

    const later = (await stage.tab(page.context())).page;
    await later.getByRole("button", { name: "Views: All events" }).click();
    await later.getByRole("menuitem", { name: "With revisions" }).click();
    await later.getByRole("columnheader", { name: "Revision" }).waitFor();
    await later.getByRole("button", { name: "Views: With revisions" }).click();
    await later.getByRole("menuitem", { name: "Remove “With revisions”" }).click();
    await later.getByRole("button", { name: "Views: not saved" }).waitFor();
    // The other tab learns of it.
    await page.getByRole("button", { name: "Views: All events" }).click();
    await page.getByRole("menuitem", { name: "All events" }).waitFor();
    await expect.poll(() => page.getByRole("menuitem", { name: "With revisions" }).count()).toBe(0);
  });
});

it("filters restrict the list, are named, and are part of the address that a colleague opens", async () => {
  const tab = await openWith(["Vienna", "Delhi", "Undecided"], {
    Vienna: { timezone: "Europe/Vienna", registration_start_date: iso(secondsFromNow(-60)) },
    Delhi: { timezone: "Asia/Kolkata" },
    Undecided: { approval_required: true },
  });
  const { page } = tab;
  await page.getByRole("button", { name: "Filters" }).click();
  const filters = page.getByRole("dialog", { name: "Filters" });
  await filters.getByRole("checkbox", { name: "Registration open" }).check();
  await expect.poll(() => shownNames(page)).toEqual(["Vienna"]);
  await filters.getByRole("checkbox", { name: "No registration" }).check();
  await expect.poll(() => shownNames(page)).toEqual(["Vienna", "Delhi"]);
  await filters.getByRole("combobox", { name: "Zone" }).fill("kol");
  await page.getByRole("option", { name: "Asia/Kolkata" }).click();
  await expect.poll(() => shownNames(page)).toEqual(["Delhi"]);
  expect(await violations(page)).toEqual([]);
  await tab.screenshot("events-filters");
  await filters.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Remove filter: No registration" }).waitFor();
  await tab.screenshot("events-filtered");

  const colleague = await stage.tab(await stage.profile(), new URL(page.url()).pathname + new URL(page.url()).search);
  await expect.poll(() => shownNames(colleague.page)).toEqual(["Delhi"]);
  await colleague.page.getByRole("button", { name: "Clear filters" }).click();
  await expect.poll(() => shownNames(colleague.page).then(({ length }) => length)).toBe(3);

  await page.getByRole("button", { name: "Remove filter: Asia/Kolkata" }).click();
  await expect.poll(() => shownNames(page)).toEqual(["Vienna", "Delhi"]);
});

describe("rows are selected", () => {
  const NAMES = ["A", "B", "C", "D", "E"];

  it("with the mouse: one, a stretch with Shift, all and none", async () => {
    const { page } = await openWith(NAMES);
    await check(page, "B").click();
    await check(page, "D").click({ modifiers: ["Shift"] });
    expect(await selectedNames(page)).toEqual(["B", "C", "D"]);
    await check(page, "A").click({ modifiers: ["Shift"] });
    expect(await selectedNames(page)).toEqual(["A", "B"]);
    await bar(page).getByText("2 selected").waitFor();
    await page.getByRole("checkbox", { name: "Select all events" }).click();
    expect(await selectedNames(page)).toEqual(NAMES);
    await page.getByRole("checkbox", { name: "Select no event" }).click();
    await bar(page).waitFor({ state: "detached" });
  });

  it("with the keyboard alone", async () => {
    const { page } = await openWith(NAMES);
    const { keyboard } = page;
    await page.getByRole("checkbox", { name: "Select all events" }).focus();
    await keyboard.press("Tab");
    for (let presses = 0; presses < 10; presses++) {
      if (await check(page, "A").evaluate((box) => box === document.activeElement)) break;
      await keyboard.press("Tab");
    }
    await keyboard.press("ArrowDown");
    await expect.poll(() => check(page, "B").evaluate((box) => box === document.activeElement)).toBe(true);
    await keyboard.press("Space");
    await keyboard.press("Shift+ArrowDown");
    await keyboard.press("Shift+ArrowDown");
    expect(await selectedNames(page)).toEqual(["B", "C", "D"]);
    await keyboard.press("Shift+ArrowUp");
    expect(await selectedNames(page)).toEqual(["B", "C"]);
    await keyboard.press("End");
    await keyboard.press("Shift+Space");
    expect(await selectedNames(page)).toEqual(["B", "C", "D", "E"]);
    await keyboard.press("Control+a");
    expect(await selectedNames(page)).toEqual(NAMES);
    await keyboard.press("Escape");
    expect(await selectedNames(page)).toEqual([]);
  });

  it("and stay selected when the list no longer shows them, which is said", async () => {
    const { page } = await openWith(NAMES);
    await check(page, "A").click();
    await check(page, "B").click();
    await page.getByRole("searchbox", { name: "Search events" }).fill("B");
    await bar(page).getByText("2 selected, 1 not shown").waitFor();
  });
});

describe("what is done to many events", () => {
  it("a shift says what will happen, moves all dates, and is undone", async () => {
    const tab = await openWith(["First", "Second", "Third"]);
    const { page } = tab;
    const before = await startOf("First");
    await check(page, "First").click();
    await check(page, "Second").click();
    const dialog = await ask(page, "Shift dates");
    await dialog.getByLabel("By").fill("2");
    await dialog.getByLabel("Unit").selectOption("weeks");
    await dialog.getByText(/^First: starts .* instead of/).waitFor();
    expect(await violations(page)).toEqual([]);
    await tab.screenshot("events-shift");
    await dialog.getByRole("button", { name: "Shift", exact: true }).click();
    await page.getByText("2 events were moved.").waitFor();
    await tab.screenshot("events-shifted");
    expect(await startOf("First")).toBe(before + 14 * DAY);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("2 events are as before.").waitFor();
    expect(await startOf("First")).toBe(before);
    expect((await stored("First")).revision).toBe(3);
  });

  it("a new start moves the first event there, and the others with it", async () => {
    const { page } = await openWith(["First", "Second"]);
    const distance = (await startOf("Second")) - (await startOf("First"));
    await page.getByRole("checkbox", { name: "Select all events" }).click();
    const dialog = await ask(page, "Reschedule");
    await dialog.getByLabel("New start").fill("2031-05-01T10:00");
    await dialog.getByRole("button", { name: "Reschedule" }).click();
    await page.getByText("2 events were moved.").waitFor();
    // Ten o'clock in Vienna, where the viewer is.
    expect(await startOf("First")).toBe(Date.parse("2031-05-01T08:00:00Z"));
    expect(await startOf("Second")).toBe(Date.parse("2031-05-01T08:00:00Z") + distance);
  });

  it("a cancellation is taken back", async () => {
    const { page } = await openWith(["Kept", "Dropped"]);
    await check(page, "Dropped").click();
    const dialog = await ask(page, "Cancel");
    await dialog.getByText("2 queued triggers will not fire.").waitFor();
    await dialog.getByRole("button", { name: "Cancel events" }).click();
    await page.getByText("1 event was cancelled.").waitFor();
    expect((await stored("Dropped")).status).toBe("cancelled");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("1 event is as before.").waitFor();
    expect((await stored("Dropped")).status).toBe("upcoming");
  });

  it("deleted events come back as they were", async () => {
    const { page } = await openWith(["One", "Two", "Three"], { One: { topic: "kept", nested: { too: [1] } } });
    await page.getByRole("checkbox", { name: "Select all events" }).click();
    const dialog = await ask(page, "Delete");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.getByText("3 events were deleted.").waitFor();
    await page.getByText("No events yet").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("3 events are as before.").waitFor();
    await expect.poll(() => shownNames(page).then((names) => names.sort())).toEqual(["One", "Three", "Two"]);
    expect(await stored("One")).toMatchObject({ topic: "kept", nested: { too: [1] }, status: "upcoming" });
  });

  it("an approval says which triggers come, and is undone", async () => {
    const { page } = await openWith(["Asked"], { Asked: { approval_required: true } });
    await check(page, "Asked").click();
    const dialog = await ask(page, "Approve");
    await dialog.getByText("2 triggers will be queued.").waitFor();
    await dialog.getByRole("button", { name: "Approve" }).click();
    await page.getByText("1 event was approved.").waitFor();
    expect((await stored("Asked")).status).toBe("upcoming");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("1 event is as before.").waitFor();
    expect((await stored("Asked")).status).toBe("pending_approval");
  });

  it("what somebody else has changed since is not undone, and is named", async () => {
    const { page } = await openWith(["Mine", "Theirs"]);
    await page.getByRole("checkbox", { name: "Select all events" }).click();
    const dialog = await ask(page, "Shift dates");
    await dialog.getByRole("button", { name: "Shift", exact: true }).click();
    await page.getByText("2 events were moved.").waitFor();
    await stage.server.call("PATCH", "update/Theirs", { venue: "Elsewhere" });
    const moved = await startOf("Theirs");
    await page.getByRole("button", { name: "Undo" }).click();
    const left = page.getByRole("dialog", { name: "Not everything could be undone" });
    await left.getByRole("listitem").filter({ hasText: "Theirs" }).getByText("Somebody has changed it since").waitFor();
    expect(await stored("Theirs")).toMatchObject({ venue: "Elsewhere", revision: 3 });
    expect(await startOf("Theirs")).toBe(moved);
    expect((await stored("Mine")).revision).toBe(3);
  });

  it("what the server refuses is named event by event, and holds up no other", async () => {
    const { page } = await openWith(["Fine", "Stale"]);
    await page.getByRole("checkbox", { name: "Select all events" }).click();
    const dialog = await ask(page, "Cancel");
    // Changed after it was seen: the dialog was opened on what is no longer so.
    await stage.server.call("PATCH", "update/Stale", { venue: "Elsewhere" });
    await dialog.getByRole("button", { name: "Cancel events" }).click();
    await page.getByText("1 event was cancelled, 1 refused.").waitFor();
    await page.getByRole("button", { name: "Show problems" }).click();
    const problems = page.getByRole("dialog", { name: "What was refused" });
    await problems
      .getByRole("listitem")
      .filter({ hasText: "Stale" })
      .getByText("Somebody else has changed it")
      .waitFor();
    expect((await stored("Stale")).status).toBe("upcoming");
  });

  it("cannot be done while the server is away, and the dialog says so", async () => {
    const { page } = await openWith(["Alone"]);
    stage.expectComplaint(/Failed to load resource|ERR_CONNECTION|ERR_INCOMPLETE|client-event-scheduler/);
    await stage.server.halt();
    await page.getByText("Triggers go on firing here").waitFor({ timeout: 40_000 });
    await check(page, "Alone").click();
    const dialog = await ask(page, "Delete");
    await dialog.getByText("Events can be changed again when it is back.").waitFor();
    expect(await dialog.getByRole("button", { name: "Delete" }).isDisabled()).toBe(true);
  }, 90_000);
});

describe("an export", () => {
  async function download(page: Page, item: string): Promise<string> {
    await page.getByRole("button", { name: "Export" }).click();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("menuitem", { name: item, exact: true }).click(),
    ]);
    return readFile(await file.path(), "utf8");
  }

  it("has all events, those that are shown, or those that are selected", async () => {
    const { page } = await openWith(["Alpha", "Beta", "Gamma"]);
    const ids = (text: string) => (JSON.parse(text) as { event_id: string }[]).map(({ event_id }) => event_id).sort();
    expect(ids(await download(page, "All events as JSON"))).toEqual(["Alpha", "Beta", "Gamma"]);
    await page.getByRole("searchbox", { name: "Search events" }).fill("a");
    await check(page, "Beta").click();
    await page.getByRole("searchbox", { name: "Search events" }).fill("alpha");
    await expect.poll(() => shownNames(page)).toEqual(["Alpha"]);
    expect(ids(await download(page, "The 1 shown as JSON"))).toEqual(["Alpha"]);
    const calendar = await download(page, "The 1 selected as iCalendar");
    expect(calendar.match(/^UID:.*$/gm)).toEqual(["UID:Beta"]);
    expect(calendar).toMatch(/^BEGIN:VCALENDAR\r\n/);
    expect(calendar).toMatch(/END:VCALENDAR\r\n$/);
  });
});

it.each([
  { name: "light", options: {} },
  { name: "dark", options: { colorScheme: "dark" } },
  { name: "phone", options: { viewport: { width: 390, height: 844 } } },
] as const)(
  "has no violations of WCAG 2.2 AA and fits the screen with events selected: $name",
  async ({ name, options }) => {
    await openWith(["Alpha", "Beta", "Gamma"], { Beta: { approval_required: true } });
    const tab = await stage.tab(await stage.profile(options));
    const { page } = tab;
    await check(page, "Alpha").click();
    await check(page, "Beta").click();
    await bar(page).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await tab.cutOff()).toEqual([]);
    await tab.screenshot(`events-selected-${name}`);
  },
);
