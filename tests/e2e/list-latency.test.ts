import type { CDPSession, Page } from "playwright-core";
import { expect, it } from "vitest";
import { HOUR } from "./support/local-time.js";
import { Stage } from "./support/stage.js";

const stage = Stage.set();

const EVENTS = 10_000;
const DAY = 24 * HOUR;

/** More rows than this do not stand in the document at once, however many events there are. Times are printed: they are the machine's, too. */
const MOST_ROWS = 60;

const WORDS = ["Harbour", "Winter", "Open", "Young", "Data", "River", "Night", "Summit"];
const PLACES = ["Vienna", "Delhi", "Lisbon", "Tokyo", "Austin", "Oslo"];
const ZONES = ["Europe/Vienna", "Asia/Kolkata", "Europe/Lisbon", "Asia/Tokyo", "America/Chicago", "Europe/Oslo"];

/** One of many events, spread over two years in six zones. */
function event(place: number, now: number): Record<string, unknown> {
  const starts = now - 180 * DAY + Math.floor((place * 730 * DAY) / EVENTS);
  const iso = (at: number) => new Date(at).toISOString();
  return {
    event_id: `event-${place}`,
    event_name: `${WORDS[place % WORDS.length]} ${WORDS[(place * 7) % WORDS.length]} ${place}`,
    venue: PLACES[place % PLACES.length],
    timezone: ZONES[place % ZONES.length],
    registration_start_date: iso(starts - 60 * DAY),
    registration_end_date: iso(starts - DAY),
    start_datetime: iso(starts),
    end_datetime: iso(starts + 2 * DAY),
    certificate_end_date: iso(starts + 30 * DAY),
  };
}

async function fill(): Promise<void> {
  const now = Date.now();
  const body = Array.from({ length: EVENTS }, (_, place) => `${JSON.stringify(event(place, now))}\n`).join("");
  const response = await fetch(`${stage.server.url}/api/v1/admin/events/import`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body,
  });
  expect(await response.json()).toMatchObject({ created: EVENTS, refused: 0 });
}

/** Collects, from now on, how long each interaction took until the page had painted what it led to. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const longest = new Map<number, number>();
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEventTiming & { interactionId?: number })[]) {
        const id = entry.interactionId ?? 0;
        if (id > 0) longest.set(id, Math.max(longest.get(id) ?? 0, entry.duration));
      }
    });
    observer.observe({ type: "event", durationThreshold: 16, buffered: false } as PerformanceObserverInit);
    Object.assign(window, { takeInteractions: () => [...longest.values()], clearInteractions: () => longest.clear() });
  });
}

interface Watched {
  readonly takeInteractions: () => number[];
  readonly clearInteractions: () => void;
}

/** The processor time, in milliseconds, that the page's main thread has taken. */
async function processorTime(session: CDPSession): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  const seconds = metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN;
  return seconds * 1_000;
}

/** What the interactions of `act` took, in milliseconds; those below 16 are not told apart and count as 16. */
async function latency(page: Page, interactions: number, act: () => Promise<void>): Promise<readonly number[]> {
  await page.evaluate(() => (window as unknown as Watched).clearInteractions());
  await act();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 200))));
  const seen = await page.evaluate(() => (window as unknown as Watched).takeInteractions());
  return [...seen, ...Array(Math.max(0, interactions - seen.length)).fill(16)].sort((a, b) => a - b);
}

it("stays smooth with ten thousand events", async () => {
  await fill();
  const [tab] = await stage.tabs(1);
  if (!tab) throw new Error("a tab was asked for");
  const { page } = tab;
  const table = page.getByRole("table", { name: "Events" });
  await expect.poll(() => table.getAttribute("aria-rowcount"), { timeout: 60_000 }).toBe(String(EVENTS + 1));
  await watch(page);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const search = page.getByRole("searchbox", { name: "Search events" });
  const header = (name: string) => page.getByRole("button", { name, exact: true });
  const checkbox = () => table.locator('tbody input[type="checkbox"]');

  const actions: readonly [string, number, () => Promise<void>][] = [
    ["type into the search", 7, () => search.pressSequentially("harbour", { delay: 120 })],
    [
      "take it back",
      7,
      async () => {
        for (let key = 0; key < 7; key++) await search.press("Backspace", { delay: 60 });
      },
    ],
    [
      "sort by name, both ways",
      2,
      async () => {
        await header("Event").click();
        await header("Event").click();
      },
    ],
    ["sort by status", 1, () => header("Status").click()],
    ["sort by next trigger", 1, () => header("Next trigger").click()],
    [
      "filter by status",
      1,
      () =>
        page
          .getByText(/^Completed/)
          .first()
          .click(),
    ],
    [
      "show all again",
      1,
      () =>
        page
          .getByText(/^All\s?[\d,]*$/)
          .first()
          .click(),
    ],
    ["select one", 1, () => checkbox().nth(2).click()],
    [
      "select a stretch",
      1,
      () =>
        checkbox()
          .nth(6)
          .click({ modifiers: ["Shift"] }),
    ],
    [
      "extend it with the keyboard",
      5,
      async () => {
        for (let key = 0; key < 5; key++) await page.keyboard.press("Shift+ArrowDown", { delay: 40 });
      },
    ],
    ["select all", 1, () => page.getByRole("checkbox", { name: "Select all events" }).click()],
    [
      "go to the end",
      1,
      async () => {
        await checkbox().nth(1).focus();
        await page.keyboard.press("End");
      },
    ],
    ["clear the selection", 1, () => page.getByRole("button", { name: "Clear", exact: true }).click()],
  ];
  const report: { action: string; interactions: number; "to paint": number; processor: number }[] = [];
  for (const [action, interactions, act] of actions) {
    const before = await processorTime(session);
    const times = await latency(page, interactions, act);
    const processor = ((await processorTime(session)) - before) / interactions;
    report.push({ action, interactions, "to paint": times.at(-1) ?? 0, processor: Math.round(processor) });
  }
  console.log(
    `\n${EVENTS.toLocaleString()} events: milliseconds to the next paint (the longest), and of the processor for each`,
  );
  console.table(report);
  console.log(`interaction to next paint: ${Math.max(...report.map((row) => row["to paint"]))} ms\n`);
  expect(await table.locator("tbody tr").count()).toBeLessThan(MOST_ROWS);
}, 240_000);
