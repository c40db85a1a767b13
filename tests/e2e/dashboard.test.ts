import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { HOUR, secondsFromNow } from "./support/local-time.js";
import { Stage } from "./support/stage.js";

const stage = Stage.set();

const open = async () => (await stage.tab(await stage.profile(), "/", "Dashboard")).page;
const part = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

const create = (id: string, name: string, dates: Readonly<Record<string, number>>) =>
  stage.server.call("POST", "create", {
    event_id: id,
    event_name: name,
    timezone: "Asia/Tokyo",
    ...Object.fromEntries(Object.entries(dates).map(([field, at]) => [field, new Date(at).toISOString()])),
  });

it("is where the admin begins, and says what to do while there is nothing to show", async () => {
  const page = await open();
  expect(new URL(page.url()).pathname).toBe("/dashboard");
  expect(await page.title()).toBe("Dashboard · Client Event Scheduler");
  await part(page, "Next").getByText("Nothing is queued.").waitFor();
  await part(page, "Just happened").getByText("Nothing has fired yet.").waitFor();
  await part(page, "Missed and recovered").getByText("Nothing was missed.").waitFor();
  await expect.poll(() => part(page, "Health").getByText("Nothing needs doing.").count()).toBe(2);
});

it("counts the next trigger down, and tells of it with cause and lateness as soon as it has fired", async () => {
  const page = await open();
  const opens = secondsFromNow(10);
  await create("soon", "Opens Soon", {
    registration_start_date: opens,
    start_datetime: opens + HOUR,
    end_datetime: opens + 2 * HOUR,
  });
  const next = part(page, "Next");
  await next.getByText("Registration opens").waitFor();
  const shown = (await next.getByRole("timer").textContent()) ?? "";
  expect(shown).toMatch(/^0:(0\d|1[01])$/);
  // The viewer, the place of the event, and UTC.
  expect(await next.locator("time").count()).toBe(3);
  await part(page, "At a glance").getByRole("link", { name: "3 triggers within a day" }).waitFor();

  const fired = page.getByTestId("lately-fired").getByRole("listitem").filter({ hasText: "Opens Soon" });
  await fired.waitFor({ timeout: 30_000 });
  const words = await fired.innerText();
  expect(words).toContain("Registration opens");
  expect(words).toMatch(/on time\s+on the second|late/);
  await next.getByText("Event starts").waitFor();
  await part(page, "At a glance").getByRole("link", { name: "1 registration open" }).waitFor();
});

it("counts what came due while the server was away, and what became of it", async () => {
  const starts = secondsFromNow(3);
  await create("missed", "Missed Start", { start_datetime: starts, end_datetime: starts + HOUR });
  await stage.server.halt();
  // More than a tick after its time, a trigger counts as missed.
  await expect.poll(() => Date.now(), { timeout: 30_000, interval: 500 }).toBeGreaterThan(starts + 12_000);
  await stage.server.resume();
  const page = await open();
  const fired = page.getByTestId("lately-fired").getByRole("listitem").filter({ hasText: "Missed Start" });
  await fired.getByText("recovered").waitFor();
  const missed = part(page, "Missed and recovered");
  await expect
    .poll(() =>
      missed
        .getByRole("row", { name: /^Found late/ })
        .getByRole("cell")
        .allInnerTexts(),
    )
    .toEqual(["0", "1"]);
}, 120_000);

it("says what to do while the server is away, and what the page itself has seen", async () => {
  stage.expectComplaint(/Failed to load resource|ERR_CONNECTION|ERR_INCOMPLETE|client-event-scheduler/);
  const page = await open();
  const starts = secondsFromNow(24);
  await create("here", "Known Here", { start_datetime: starts, end_datetime: starts + HOUR });
  await part(page, "Next").getByText("Known Here").waitFor();
  await stage.server.halt();
  await part(page, "Server").getByText("in trouble").waitFor({ timeout: 50_000 });
  await part(page, "Server").getByText("Look whether the server runs").waitFor();
  await page.getByTestId("just-happened").getByText("Known Here").waitFor({ timeout: 50_000 });
  await stage.server.resume();
  await part(page, "Server").getByText("well", { exact: true }).waitFor({ timeout: 60_000 });
}, 150_000);
