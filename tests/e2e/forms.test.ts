import { describe, expect, it } from "vitest";
import { HOUR, secondsFromNow } from "./support/local-time.js";
import { Stage } from "./support/stage.js";

const stage = Stage.set();

const openTab = async () => {
  const [tab] = await stage.tabs(1);
  if (!tab) throw new Error("a tab was asked for");
  return tab;
};

const eventsOnServer = async () => (await stage.server.call("GET", "list")).total;

describe.each([
  { screen: "wide", viewport: { width: 1440, height: 900 }, width: 560 },
  { screen: "phone", viewport: { width: 390, height: 844 }, width: 390 },
])("on a $screen screen the form", ({ viewport, width }) => {
  it("stands beside the list, as high as the window", async () => {
    const { page } = await stage.tab(await stage.profile({ viewport }), "/events/new", "Events");
    const form = page.getByRole("dialog", { name: "New event" });
    await expect
      .poll(() => form.boundingBox())
      .toEqual({ x: viewport.width - width, y: 0, width, height: viewport.height });
  });
});

describe("bad input", () => {
  it("is refused at its field, with what the core says of it, and nothing is queued or sent", async () => {
    const tab = await openTab();
    const starts = secondsFromNow(5 * 86_400);
    await tab.openNewForm();
    await tab.fill({ name: "Ends Too Early", starts, ends: starts - HOUR });
    await tab.submit();

    await expect.poll(() => tab.fieldError("Event ends")).not.toBe("");
    expect(await tab.fieldError("Event starts")).toBe("");
    await tab.screenshot("form-problem");
    expect(await tab.queued("Ends Too Early").count()).toBe(0);
    expect(await eventsOnServer()).toBe(0);

    await tab.fill({ ends: starts + HOUR });
    await tab.submit();
    await tab.formClosed();
    await tab.queued("Ends Too Early").nth(1).waitFor();
  });

  it("is refused where a name is missing or a date is filled in only partly", async () => {
    const tab = await openTab();
    await tab.openNewForm();
    await tab.submit();
    await expect.poll(() => tab.fieldError("Name")).toContain("name");

    await tab.fill({ name: "Half a Date" });
    await tab.field("Event starts").focus();
    await tab.page.keyboard.type("12");
    await tab.submit();
    await expect.poll(() => tab.fieldError("Event starts")).toContain("Complete the date");
    expect(await eventsOnServer()).toBe(0);
  });

  it("that only the server finds is shown at its field, and the provisional event is taken back", async () => {
    const tab = await openTab();
    stage.expectComplaint(/status of 422/);
    await tab.page.route("**/events/create", (route) =>
      route.fulfill({
        status: 422,
        contentType: "application/problem+json",
        body: JSON.stringify({
          status: 422,
          code: "INVALID_INPUT",
          detail: "the event is invalid",
          problems: [{ field: "venue", code: "TEXT_TOO_LONG", message: "the venue is not on the list" }],
        }),
      }),
    );
    const starts = secondsFromNow(5 * 86_400);
    await tab.openNewForm();
    await tab.fill({ name: "Refused", venue: "Nowhere", starts, ends: starts + HOUR });
    await tab.submit();
    await expect.poll(() => tab.fieldError("Venue")).toBe("The venue is not on the list.");
    await expect.poll(() => tab.queued("Refused").count()).toBe(0);
  });
});

it("an edit of an event that somebody else has changed meanwhile is offered their version, not forced upon them", async () => {
  const tab = await openTab();
  stage.expectComplaint(/status of 409/);
  const starts = secondsFromNow(5 * 86_400);
  await stage.server.call("POST", "create", {
    event_id: "contested",
    event_name: "Contested",
    timezone: "UTC",
    start_datetime: new Date(starts).toISOString(),
    end_datetime: new Date(starts + HOUR).toISOString(),
  });
  await tab.row("Contested").waitFor();
  await tab.openEditForm("Contested");
  await stage.server.call("PUT", "update/contested", { venue: "Their choice" });
  await tab.page.getByText("Their choice").waitFor();

  await tab.fill({ venue: "My choice" });
  await tab.submit();
  await tab.page.getByRole("alert").getByRole("button", { name: "Load the current version" }).click();
  await expect.poll(() => tab.field("Venue").inputValue()).toBe("Their choice");

  await tab.fill({ venue: "Our choice" });
  await tab.submit();
  await tab.formClosed();
  const { event } = await stage.server.call("GET", "details/contested");
  expect(event).toMatchObject({ venue: "Our choice", revision: 3 });
});

it("an edit keeps the fields that the form does not know", async () => {
  const tab = await openTab();
  await stage.server.call("POST", "create", {
    event_id: "rich",
    event_name: "Rich",
    timezone: "Asia/Kolkata",
    start_datetime: "2031-05-01T09:00:00.250",
    end_datetime: "2031-05-01T18:00:00+05:30",
    topic: "kept",
    nested: { also: ["kept"] },
  });
  await tab.row("Rich").waitFor();
  await tab.openEditForm("Rich");
  await tab.fill({ venue: "Pune" });
  await tab.submit();
  await tab.formClosed();
  const { event } = await stage.server.call("GET", "details/rich");
  expect(event).toMatchObject({
    venue: "Pune",
    start_datetime: "2031-05-01T09:00:00.250",
    end_datetime: "2031-05-01T18:00:00+05:30",
    topic: "kept",
    nested: { also: ["kept"] },
  });
});

it("the form tells what would fire before it is saved", async () => {
  const tab = await openTab();
  const starts = secondsFromNow(5 * 86_400);
  await tab.openNewForm();
  await tab.fill({ name: "Preview", starts, ends: starts + HOUR });
  const preview = tab.page.getByRole("region", { name: "Preview" });
  await expect
    .poll(() => preview.getByRole("listitem").allInnerTexts())
    .toEqual([expect.stringContaining("Event starts"), expect.stringContaining("Event ends")]);
  await tab.fill({ ends: starts - HOUR });
  await expect
    .poll(() => preview.getByRole("listitem").allInnerTexts())
    .toEqual([expect.stringMatching(/^Event ends: Comes before “Event starts”/)]);
  expect(await eventsOnServer()).toBe(0);
});

it("the form tells when a date is elsewhere, and doubts what the clocks skip, show twice or contradict", async () => {
  const tab = await openTab();
  await tab.openNewForm();
  await tab.fill({ name: "Doubtful", timeZone: "America/New_York" });
  const below = (label: string) =>
    tab.page
      .getByRole("dialog")
      .locator(".mantine-TextInput-root")
      .filter({ has: tab.page.getByLabel(label) });

  await tab.field("Event starts").fill("2031-03-09T02:30");
  await below("Event starts").getByText("The clocks skip this time: it is taken for Sun, 9 Mar 2031, 3:30.").waitFor();
  await below("Event starts").getByText("Sun, 9 Mar 2031, 8:30 your time").waitFor();
  await below("Event starts").getByText("Sun, 9 Mar 2031, 7:30 UTC").waitFor();

  await tab.field("Event ends").fill("2031-11-02T01:30");
  await below("Event ends").getByText("The clocks show this time twice: the first is taken.").waitFor();
  await below("Event ends").getByText("Sun, 2 Nov 2031, 5:30 UTC").waitFor();

  await tab.field("Registration closes").fill("2031-12-01T00:00");
  await below("Registration closes")
    .getByText(/Comes after “Event ends”/)
    .waitFor();
  await tab.field("Registration closes").fill("2020-01-01T00:00");
  const preview = tab.page.getByRole("region", { name: "Preview" });
  await preview
    .getByRole("listitem")
    .filter({ hasText: "Registration closes" })
    .getByText("in the past, does not fire")
    .waitFor();
  expect(await preview.getByRole("listitem").count()).toBe(3);
});
