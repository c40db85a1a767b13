import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { AdminTab } from "./support/admin-tab.js";
import { violations } from "./support/axe.js";
import { HOUR, secondsFromNow } from "./support/local-time.js";
import { Stage } from "./support/stage.js";

const stage = Stage.set();

const iso = (at: number) => new Date(at).toISOString();
const starts = secondsFromNow(5 * 86_400);
const event = (event_id: string, fields: Record<string, unknown> = {}) => ({
  event_id,
  event_name: event_id,
  timezone: "UTC",
  start_datetime: iso(starts),
  end_datetime: iso(starts + HOUR),
  ...fields,
});

const openImport = async (options = {}): Promise<AdminTab> => stage.tab(await stage.profile(options), "/import");

const choose = (page: Page, name: string, mimeType: string, text: string) =>
  page.getByTestId("import-file").setInputFiles({ name, mimeType, buffer: Buffer.from(text) });

const counts = (page: Page, label: "What would happen" | "What happened") =>
  page
    .getByRole("list", { name: label })
    .getByRole("listitem")
    .allInnerTexts()
    .then((texts) => texts.map((text) => text.replace(/\s+/g, " ").trim()));

const onServer = async () => Number((await stage.server.call("GET", "list")).total);

describe("a JSON file", () => {
  it("is tried out before anything is written, and then imported", async () => {
    await stage.server.call("POST", "create", event("known"));
    const tab = await openImport();
    const { page } = tab;
    const rows = [event("fresh"), event("known", { venue: "Elsewhere" }), event("backwards", { end_datetime: iso(0) })];
    await choose(page, "events.json", "application/json", JSON.stringify(rows, null, 2));
    await expect
      .poll(() => counts(page, "What would happen"))
      .toEqual(["1 would be created", "1 would be changed", "0 just so already", "1 refused"]);
    expect(await onServer()).toBe(1);
    const refused = page.getByRole("table", { name: "Refused rows" });
    const cells = () => refused.getByRole("row").nth(1).getByRole("cell").allInnerTexts();
    // The third element begins on line 17 of the file as it is laid out.
    expect(await cells()).toEqual(["3", "17", "backwards", "end_datetime", expect.stringContaining("before")]);
    expect(await violations(page)).toEqual([]);
    await tab.screenshot("import-preview");

    await page.getByRole("button", { name: "Import 2" }).click();
    await expect
      .poll(() => counts(page, "What happened"))
      .toEqual(["1 created", "1 changed", "0 just so already", "1 refused"]);
    expect(await onServer()).toBe(2);
    await page
      .getByRole("table", { name: "Latest imports" })
      .getByRole("row", { name: /finished/ })
      .waitFor();
    await tab.screenshot("import-done");

    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download the list" }).click(),
    ]);
    const list = await readFile(await file.path(), "utf8");
    expect(list).toMatch(/^row,line,event_id,field,code,message\r\n3,17,backwards,end_datetime,DATE_ORDER,/);

    await page.getByRole("link", { name: "To the events" }).click();
    await tab.row("fresh").waitFor();
  });

  it("leaves events alone that exist, where that is asked for", async () => {
    await stage.server.call("POST", "create", event("known"));
    const { page } = await openImport();
    await choose(page, "e.json", "application/json", JSON.stringify([event("known", { venue: "Elsewhere" })]));
    await expect.poll(() => counts(page, "What would happen")).toContain("1 would be changed");
    await page.getByLabel("are left alone, and their rows refused").check();
    await expect.poll(() => counts(page, "What would happen")).toContain("1 refused");
    expect(await page.getByRole("button", { name: "Nothing to import" }).isDisabled()).toBe(true);
  });

  it("of many events shows how far it has come", async () => {
    const { page } = await openImport();
    const rows = Array.from({ length: 1_500 }, (_, place) => event(`many-${place}`));
    await choose(page, "many.ndjson", "", rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const start = page.getByRole("button", { name: "Import 1,500" });
    await start.waitFor();
    await page.evaluate(() => {
      const seen: number[] = [];
      const look = () =>
        seen.push(Number(document.querySelector("[aria-label=Importing]")?.getAttribute("aria-valuenow")));
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
      Object.assign(window, { progressSeen: seen });
    });
    await start.click();
    await page.getByRole("list", { name: "What happened" }).waitFor({ timeout: 100_000 });
    expect(await counts(page, "What happened")).toContain("1,500 created");
    const seen = await page.evaluate(() => (window as unknown as { progressSeen: number[] }).progressSeen);
    expect(seen.some((value) => value > 0 && value < 100)).toBe(true);
    expect(await onServer()).toBe(1_500);
  }, 120_000);
});

it("a calendar is dropped, its times without a zone are read in the one that is given", async () => {
  const { page } = await openImport();
  const calendar = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "BEGIN:VEVENT",
    "UID:dropped",
    "SUMMARY:Dropped in",
    "DTSTART:20310501T100000",
    "DTEND:20310501T120000",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ].join("\r\n");
  await page.getByRole("region", { name: "File to import" }).evaluate((zone, text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "fair.ics", { type: "text/calendar" }));
    zone.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, calendar);
  await expect.poll(() => counts(page, "What would happen")).toContain("1 would be created");
  await page.getByLabel("Zone of times without one").fill("Asia/Tokyo");
  await page.getByRole("button", { name: "Try with it" }).click();
  await page.getByRole("button", { name: "Import 1" }).click();
  await expect.poll(() => counts(page, "What happened")).toContain("1 created");
  const { event: stored } = await stage.server.call("GET", "details/dropped");
  expect(stored).toMatchObject({ event_name: "Dropped in", timezone: "Asia/Tokyo" });
});

it("a file that is no import is refused with what to choose instead", async () => {
  const { page } = await openImport();
  await choose(page, "photo.png", "image/png", "\u0089PNG");
  await page.getByRole("alert").filter({ hasText: "“photo.png” is neither JSON nor a calendar" }).waitFor();
});

it("a file that cannot be read to its end says so", async () => {
  const { page } = await openImport();
  await choose(page, "broken.json", "application/json", `[${JSON.stringify(event("whole"))}, {"event_id": `);
  await page.getByText(/What was written before that stays/).waitFor();
});

it("nothing is imported while the server is away, and the page says so", async () => {
  const { page } = await openImport();
  stage.expectComplaint(/Failed to load resource|ERR_CONNECTION|ERR_INCOMPLETE|client-event-scheduler/);
  await choose(page, "e.json", "application/json", JSON.stringify([event("late")]));
  await page.getByRole("button", { name: "Import 1" }).waitFor();
  await stage.server.halt();
  await page.getByText("Nothing can be imported until it is back.").waitFor({ timeout: 40_000 });
  expect(await page.getByRole("button", { name: "Import 1" }).isDisabled()).toBe(true);
}, 90_000);

it.each([
  { name: "light", options: {} },
  { name: "dark", options: { colorScheme: "dark" } },
  { name: "phone", options: { viewport: { width: 390, height: 844 } } },
] as const)("has no violations of WCAG 2.2 AA and fits the screen: $name", async ({ name, options }) => {
  const tab = await openImport(options);
  const { page } = tab;
  await page.getByText("Drop a file here").waitFor();
  expect(await violations(page)).toEqual([]);
  await tab.screenshot(`import-${name}`);
  const rows = [
    event("a-rather-long-id-of-an-event-that-goes-on"),
    event("x", { timezone: "PST", end_datetime: "soon" }),
  ];
  await choose(page, "a-file-with-a-rather-long-name-2026-11-26.json", "application/json", JSON.stringify(rows));
  await page.getByRole("table", { name: "Refused rows" }).waitFor();
  expect(await violations(page)).toEqual([]);
  expect(await tab.cutOff()).toEqual([]);
  await tab.screenshot(`import-${name}-preview`);
});
