import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { violations } from "./support/axe.js";
import { Stage } from "./support/stage.js";

const stage = Stage.set();

const DAY_MS = 86_400_000;
const PREVIEWED = 6;

const open = async () => (await stage.tab(await stage.profile(), "/schedules", "Schedules")).page;

/** A local time of tomorrow: a rule of a few days is within the seven that the server plans ahead. */
const soon = (time: string) => `${new Date(Date.now() + DAY_MS).toISOString().slice(0, 10)}T${time}`;

async function fill(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  const form = page.getByRole("dialog", { name: "New schedule" });
  for (const [label, value] of Object.entries(fields)) {
    await form.getByLabel(label, { exact: false }).first().fill(value);
  }
}

const previewed = (page: Page): Promise<string[]> =>
  page
    .getByRole("region", { name: "Preview" })
    .locator("[data-at]")
    .evaluateAll((items) => items.map((item) => item.getAttribute("data-at") ?? ""));

async function chooseZone(page: Page, zone: string): Promise<void> {
  await page.getByRole("combobox", { name: "Time zone" }).or(page.getByLabel("Time zone").first()).first().fill(zone);
  await page.getByRole("option", { name: zone }).first().click();
}

const stored = (id: string) => stage.server.ask("GET", `/api/events/${encodeURIComponent(id)}`);

describe("the schedules page", () => {
  it("previews a rule while it is typed, as the server stores it", async () => {
    const page = await open();
    await page.getByText("Nothing is scheduled within the next 30 days.").waitFor();
    await page.getByRole("button", { name: "New schedule" }).click();
    await fill(page, { Service: "mailer", What: "report.send", Entity: "sales" });
    await chooseZone(page, "Europe/Vienna");
    await fill(page, { When: soon("09:30") });
    await page.getByText("once", { exact: true }).waitFor();
    expect(await previewed(page)).toHaveLength(1);

    await fill(page, { Repeats: "FREQ=SOMETIMES" });
    await page
      .getByRole("region", { name: "Preview" })
      .getByText(/^The rule .*SOMETIMES/)
      .waitFor();
    await fill(page, { Repeats: "FREQ=DAILY;INTERVAL=1;COUNT=6" });
    await expect.poll(() => previewed(page).then(({ length }) => length)).toBe(PREVIEWED);
    await page.getByText("and no other.").waitFor();
    expect(await violations(page)).toEqual([]);
    const shown = await previewed(page);

    await fill(page, { Payload: "{" });
    await page.getByText("This is no JSON yet.").waitFor();
    await fill(page, { Payload: '{"to": "sales"}' });
    await page.getByRole("button", { name: "Schedule", exact: true }).click();
    const details = page.getByRole("dialog", { name: "Schedule", exact: true });
    await details.getByText("every day at 09:30").waitFor();
    expect(await violations(page)).toEqual([]);
    const id = (await details.getByText(/^evt_/).innerText()).trim();
    const event = await stored(id);
    expect((event.occurrences as { due_at: string }[]).map(({ due_at }) => due_at)).toEqual(shown);
    expect(event.payload).toEqual({ to: "sales" });

    await details.getByRole("button", { name: "Take back" }).click();
    await page
      .getByRole("dialog", { name: "Take this schedule back?" })
      .getByRole("button", { name: "Take back" })
      .click();
    await page.getByText("Nothing is scheduled within the next 30 days.").waitFor();
    expect((await stored(id)).state).toBe("cancelled");
  });

  it("lists what services have scheduled, and has what was given up tried again", async () => {
    const wanted = { type: "reminder.send", service_id: "mailer", timeout_seconds: 60 };
    const at = new Date(Date.now() - 1000).toISOString();
    const lost = await stage.server.ask("POST", "/api/events/schedule", {
      ...wanted,
      entity_id: "order-1",
      scheduled_time: at,
    });
    const lostId = String(lost.event_id);
    await expect
      .poll(() => stored(lostId).then((event) => (event.occurrences as { state: string }[])[0]?.state))
      .toBe("processing");
    await stage.server.ask("POST", `/api/events/${lostId}/fail`, { error: "no such printer", retry: false });
    await stage.server.ask("POST", "/api/events/schedule", {
      ...wanted,
      entity_id: "order-2",
      scheduled_time: new Date(Date.now() + DAY_MS).toISOString(),
    });

    const page = await open();
    await page.getByRole("table", { name: "To come" }).getByRole("row").filter({ hasText: "order-2" }).waitFor();
    const given = page.getByRole("table", { name: "Given up" }).getByRole("row").filter({ hasText: "order-1" });
    await given.getByText("failed").waitFor();
    await given.getByRole("button", { name: "Details of reminder.send for order-1" }).click();
    await page
      .getByRole("dialog", { name: "Schedule", exact: true })
      .getByText(/no such printer/)
      .first()
      .waitFor();
    await page.keyboard.press("Escape");
    await given.getByRole("button", { name: "Try reminder.send for order-1 again" }).click();
    await page.getByText("Nothing was given up.").waitFor();
    await expect
      .poll(() => stored(lostId).then((event) => (event.occurrences as { attempt: number }[])[0]?.attempt))
      .toBe(2);
  });

  it("says at its field what the server refuses", async () => {
    const page = await open();
    stage.expectComplaint(/422/);
    await page.getByRole("button", { name: "New schedule" }).click();
    await fill(page, { Service: "no such\u0007name", What: "report.send", Entity: "sales", When: "2001-01-01T00:00" });
    await page.getByRole("button", { name: "Schedule", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: "Not scheduled" }).waitFor();
  });
});
