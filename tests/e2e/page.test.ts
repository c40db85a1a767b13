import { describe, expect, it } from "vitest";
import { HOUR, secondsFromNow } from "./support/local-time.js";
import { Stage } from "./support/stage.js";

const stage = Stage.set();

const openTab = async () => {
  const [tab] = await stage.tabs(1);
  if (!tab) throw new Error("a tab was asked for");
  return tab;
};

interface ConsoleHandle {
  status(): { running: boolean; eventsTracked: number; triggersQueued: number };
  queue(): readonly { eventId: string; kind: string }[] | undefined;
}

it("the console tells the scheduler's status and queue", async () => {
  const tab = await openTab();
  const starts = secondsFromNow(5 * 86_400);
  await tab.create({ name: "Console", starts, ends: starts + HOUR });
  const read = () =>
    tab.page.evaluate(() => {
      const handle = (window as unknown as { __CLIENT_EVENT_SCHEDULER__: ConsoleHandle }).__CLIENT_EVENT_SCHEDULER__;
      return { status: handle.status(), queue: handle.queue() };
    });
  const { status, queue } = await read();
  expect(status).toMatchObject({ running: true, eventsTracked: 1, triggersQueued: 2 });
  expect(queue?.map(({ kind }) => kind)).toEqual(["event_start", "event_end"]);
});

describe("a change that the server refuses", () => {
  const refused = {
    status: 503,
    contentType: "application/problem+json",
    body: JSON.stringify({ status: 503, code: "STORE_ERROR", detail: "the store is full", problems: [] }),
  };

  it("is undone: a deleted event comes back with its triggers", async () => {
    const tab = await openTab();
    stage.expectComplaint(/status of 503/);
    const starts = secondsFromNow(5 * 86_400);
    await tab.create({ name: "Stays", starts, ends: starts + HOUR });
    await tab.page.route("**/events/delete/**", (route) => route.fulfill(refused));
    await tab.page.getByRole("button", { name: "Delete Stays" }).click();
    await tab.page.getByRole("dialog").getByRole("button", { name: "Delete event" }).click();
    await tab.page.getByRole("alert").filter({ hasText: "the store is full" }).waitFor();
    await tab.queued("Stays").nth(1).waitFor();
    await tab.row("Stays").waitFor();
  });

  it("is undone: an event that could not be approved waits again, without triggers", async () => {
    const tab = await openTab();
    stage.expectComplaint(/status of 503/);
    const starts = secondsFromNow(5 * 86_400);
    await tab.create({ name: "Undecided", starts, ends: starts + HOUR, approvalRequired: true });
    await tab.page.route("**/events/approve/**", (route) => route.fulfill(refused));
    await tab.page.getByRole("button", { name: "Approve Undecided" }).click();
    await tab.page.getByRole("alert").filter({ hasText: "the store is full" }).waitFor();
    await tab.rowIn("Undecided", "pending_approval").waitFor();
    expect(await tab.queued("Undecided").count()).toBe(0);
  });

  it("is undone: an edited event has its old dates again", async () => {
    const tab = await openTab();
    stage.expectComplaint(/status of 503/);
    const starts = secondsFromNow(5 * 86_400);
    await tab.create({ name: "Unmoved", starts, ends: starts + HOUR });
    await tab.page.route("**/events/update/**", (route) => route.fulfill(refused));
    await tab.openEditForm("Unmoved");
    await tab.fill({ starts: starts - 2 * HOUR });
    await tab.submit();
    await tab.page.getByRole("dialog").getByRole("alert").filter({ hasText: "the store is full" }).waitFor();
    await expect
      .poll(() => tab.queued("Unmoved").locator("time").first().getAttribute("datetime"))
      .toBe(new Date(starts).toISOString());
  });
});

describe("while the server is away", () => {
  it("the page says so, keeps what it knows, undoes what cannot be saved, and catches up afterwards", async () => {
    const tab = await openTab();
    stage.expectComplaint(/Failed to load resource|ERR_CONNECTION|ERR_INCOMPLETE|client-event-scheduler/);
    const starts = secondsFromNow(5 * 86_400);
    await tab.create({ name: "Known Before", starts, ends: starts + HOUR });
    await stage.server.halt();

    await tab.openNewForm();
    await tab.fill({ name: "Cannot Be Saved", starts, ends: starts + HOUR });
    await tab.submit();
    await tab.page.getByRole("alert").filter({ hasText: "The server cannot be reached" }).waitFor();
    await expect.poll(() => tab.queued("Cannot Be Saved").count()).toBe(0);
    await tab.page.getByRole("button", { name: "Cancel" }).click();
    await tab.formClosed();
    await tab.page.getByText("Triggers go on firing here").waitFor({ timeout: 40_000 });
    await tab.page.getByRole("button", { name: "Health: Server unreachable" }).waitFor();
    expect(await tab.queued("Known Before").count()).toBe(2);
    await tab.screenshot("server-away");

    await stage.server.resume();
    await stage.server.call("POST", "create", { event_id: "later", event_name: "Came Later" });
    await tab.row("Came Later").waitFor({ timeout: 50_000 });
    await tab.page.getByRole("button", { name: "Health: All running" }).waitFor();
    expect(await tab.page.getByText("Triggers go on firing here").count()).toBe(0);
  }, 120_000);
});

it("can be used with the keyboard alone", async () => {
  const tab = await openTab();
  const starts = secondsFromNow(5 * 86_400);
  await tab.create({ name: "By Keyboard", starts, ends: starts + HOUR });
  const { keyboard } = tab.page;

  await tab.page.getByRole("link", { name: "By Keyboard" }).first().focus();
  await keyboard.press("Enter");
  const heading = tab.page.getByRole("heading", { name: "By Keyboard", level: 1 });
  await expect.poll(() => heading.evaluate((found) => found === document.activeElement)).toBe(true);
  await tab.page.getByRole("link", { name: "Edit" }).focus();
  await keyboard.press("Enter");
  const dialog = tab.page.getByRole("dialog", { name: "Edit event" });
  await dialog.waitFor();
  await expect.poll(() => tab.field("Name").evaluate((field) => field === document.activeElement)).toBe(true);
  await keyboard.press("Tab");
  await keyboard.type("Typed venue");
  await keyboard.press("Enter");
  await tab.formClosed();
  await tab.page.getByText("Typed venue").first().waitFor();

  await tab.page.getByRole("link", { name: "Events" }).first().focus();
  await keyboard.press("Enter");
  await tab.row("By Keyboard").filter({ hasText: "Typed venue" }).waitFor();

  await tab.openNewForm();
  await keyboard.press("Escape");
  await tab.formClosed();
});
