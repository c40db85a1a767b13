import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { violations } from "./support/axe.js";
import { Stage } from "./support/stage.js";

const stage = Stage.set("--provider-network", "127.0.0.0/8", "--payload-keys", `first:${"0f".repeat(32)}`);

const HOUR_MS = 3_600_000;
const SUMMARY = "Spring run";

/** A time as iCalendar writes it. */
const stamp = (at: number) => `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;

/** A provider with a calendar, and with a list of people for each of its events. */
class Provider {
  readonly #server: HttpServer;
  readonly #start = Date.now() + 3 * HOUR_MS;
  status = 200;
  /** Whether its event takes place every week. */
  recurs = false;
  readonly tokens = new Set<string | undefined>();

  constructor() {
    this.#server = createServer((request, response) => {
      this.tokens.add(request.headers.authorization);
      response.statusCode = this.status;
      response.end(this.status === 200 ? this.#answer(request.url) : undefined);
    });
  }

  #answer(path: string | undefined): string {
    if (path === "/calendar.ics") {
      const times = [`DTSTART:${stamp(this.#start)}`, `DTEND:${stamp(this.#start + HOUR_MS)}`];
      const rule = this.recurs ? ["RRULE:FREQ=WEEKLY"] : [];
      const event = ["BEGIN:VEVENT", "UID:run", `SUMMARY:${SUMMARY}`, ...times, ...rule, "END:VEVENT"];
      return ["BEGIN:VCALENDAR", "VERSION:2.0", ...event, "END:VCALENDAR", ""].join("\r\n");
    }
    if (path === "/events") {
      return JSON.stringify([{ id: 7, name: SUMMARY, start: new Date(this.#start).toISOString() }]);
    }
    return JSON.stringify(["1", "2", "3"].map((id) => ({ id, at: Math.floor(this.#start / 1000) })));
  }

  listen(): Promise<void> {
    return new Promise((listening) => this.#server.listen(0, "127.0.0.1", listening));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

describe("the providers page", () => {
  let provider: Provider;
  beforeEach(async () => {
    provider = new Provider();
    await provider.listen();
  });
  afterEach(() => provider.close());

  it("adds a calendar, whose events are in the list at once", async () => {
    const { page } = await stage.tab(await stage.profile(), "/providers", "Providers");
    await page.getByText("No events are read from other systems").waitFor();
    await page.getByRole("button", { name: "New account" }).click();
    const form = page.getByRole("dialog", { name: "New account" });
    await form.getByLabel("Name").fill("The club");
    await form.getByLabel("Id", { exact: false }).first().fill("The Club");
    await form.getByLabel("Address").fill(`${provider.url}/calendar.ics`);
    stage.expectComplaint(/422/);
    await form.getByRole("button", { name: "Add" }).click();
    await form.getByText(/This has to be 1 to 40 of the characters/).waitFor();
    expect(await violations(page)).toEqual([]);
    await form.getByLabel("Id", { exact: false }).first().fill("club");
    await form.getByRole("button", { name: "Add" }).click();

    const details = page.getByRole("dialog", { name: "The club" });
    const event = details.getByRole("list", { name: "Events" }).getByRole("listitem");
    await event.getByText("Spring run").waitFor();
    await event.getByText("every 1 min").waitFor();
    await details.getByRole("list", { name: "Syncs" }).getByText("1 told, 1 new").waitFor();
    expect(await violations(page)).toEqual([]);
    await event.getByRole("link", { name: "Spring run" }).click();
    await page.getByRole("heading", { name: "Spring run" }).waitFor();
  });

  it("shows every time of a recurring event, and on each who has made it", async () => {
    provider.recurs = true;
    const { page } = await stage.tab(await stage.profile(), "/providers", "Providers");
    await page.getByRole("button", { name: "New account" }).click();
    const form = page.getByRole("dialog", { name: "New account" });
    await form.getByLabel("Name").fill("The club");
    await form.getByLabel("Id", { exact: false }).first().fill("club");
    await form.getByLabel("Address").fill(`${provider.url}/calendar.ics`);
    await form.getByLabel("Days ahead").fill("20");
    await form.getByRole("button", { name: "Add" }).click();
    const events = page.getByRole("dialog", { name: "The club" }).getByRole("list", { name: "Events" });
    await expect.poll(() => events.getByRole("link", { name: SUMMARY }).count()).toBe(3);
    await events.getByRole("link", { name: SUMMARY }).last().click();
    await page.getByRole("heading", { name: SUMMARY }).waitFor();
    await page.getByTestId("changes").getByText("Synced by The club").waitFor();
    await page.goto(new URL("/timeline", page.url()).href);
    await page.getByText(SUMMARY).first().waitFor();
  });

  it("counts participants, and keeps the token sealed", async () => {
    const { page } = await stage.tab(await stage.profile(), "/providers", "Providers");
    await page.getByRole("button", { name: "New account" }).click();
    const form = page.getByRole("dialog", { name: "New account" });
    await form.getByLabel("Name").fill("The club");
    await form.getByLabel("Id", { exact: false }).first().fill("club");
    await form.getByRole("combobox", { name: "Provider" }).or(form.getByLabel("Provider")).first().click();
    await page.getByRole("option", { name: "Endpoint with JSON" }).click();
    await form.getByLabel("Address and fields").fill(
      JSON.stringify({
        url: `${provider.url}/events`,
        key: "/id",
        fields: { event_name: "/name", start_datetime: "/start" },
        participants: { url: `${provider.url}/events/{event}/people`, key: "/id", modified_at: "/at" },
      }),
    );
    await form.getByLabel("Bearer token").fill("open sesame");
    await form.getByRole("button", { name: "Add" }).click();
    await page.getByRole("dialog", { name: "The club" }).getByText("3 participants").waitFor();
    await page.getByText("kept sealed", { exact: true }).waitFor();
    expect([...provider.tokens]).toEqual(["Bearer open sesame"]);
    expect(JSON.stringify(await stage.server.ask("GET", "/api/v1/sync/accounts"))).not.toContain("sesame");
  });

  it("says what is wrong with an account, and has it tried again, stopped and removed", async () => {
    provider.status = 401;
    await stage.server.ask("POST", "/api/v1/sync/accounts", {
      account_id: "club",
      name: "The club",
      provider: { kind: "icalendar", url: `${provider.url}/calendar.ics` },
    });
    const { page } = await stage.tab(await stage.profile(), "/providers", "Providers");
    const row = page.getByTestId("account");
    await row.getByText("failing").waitFor();
    await row.getByText(/does not accept the credentials/).waitFor();
    provider.status = 200;
    await row.getByRole("button", { name: "Sync now: The club" }).click();
    await row.getByText("ok", { exact: true }).waitFor();

    await row.getByRole("button", { name: "Details of The club" }).click();
    const details = page.getByRole("dialog", { name: "The club", exact: true });
    await details.getByRole("button", { name: "Edit" }).click();
    const form = page.getByRole("dialog", { name: "Edit The club" });
    expect(await violations(page)).toEqual([]);
    await form.getByLabel("Address").fill("ftp://example.org/");
    stage.expectComplaint(/422/);
    await form.getByRole("button", { name: "Save" }).click();
    await form.getByText("Not saved").waitFor();
    await form.getByLabel("Address").fill(`${provider.url}/calendar.ics`);
    await form.getByLabel("Name").fill("Our club");
    await form.getByLabel("Calls an hour").fill("60");
    await form.getByRole("button", { name: "Save" }).click();
    await form.waitFor({ state: "detached" });
    await details.waitFor({ state: "detached" });
    const changed = page.getByRole("dialog", { name: "Our club" });
    await changed.getByText("60 in any hour").waitFor();
    await changed.getByRole("button", { name: "Stop syncing" }).click();
    await changed.getByText("disabled").waitFor();
    await changed.getByRole("button", { name: "Remove" }).click();
    const question = page.getByRole("dialog", { name: "Remove this account?" });
    await question.getByRole("button", { name: "Remove" }).click();
    await page.getByText("No events are read from other systems").waitFor();
    expect(await stage.server.ask("GET", "/api/v1/admin/events/details/club:run")).toBeTruthy();
  });
});
