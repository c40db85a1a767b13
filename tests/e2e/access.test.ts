import axe from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { launchBrowser, newProfile } from "./support/browser.js";
import { HOUR, localTime, secondsFromNow } from "./support/local-time.js";
import { Server } from "./support/server.js";

const TOKEN = "the set-up token of this test";
const PASSWORD = "correct horse battery staple";

let browser: Browser;
let server: Server;
let profiles: BrowserContext[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  server = await Server.secured(TOKEN);
});
afterEach(async () => {
  await Promise.all(profiles.map((profile) => profile.close()));
  profiles = [];
  await server.stop();
});

async function open(path = "/events", options = {}): Promise<Page> {
  const profile = await newProfile(browser, options);
  profiles.push(profile);
  const page = await profile.newPage();
  await page.goto(`${server.url}${path}`);
  return page;
}

async function setUp(page: Page): Promise<void> {
  await page.getByRole("heading", { name: "Set up this server" }).waitFor();
  await page.getByLabel("Set-up token").fill(TOKEN);
  await page.getByLabel("Name").fill("root");
  await page.getByLabel("Password", { exact: false }).first().fill(PASSWORD);
  await page.getByRole("button", { name: "Create the first user" }).click();
  await page.getByRole("heading", { name: "Events" }).waitFor();
}

async function signIn(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function choose(page: Page, entry: string): Promise<void> {
  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("menuitem", { name: entry }).click();
}

async function createUser(page: Page, name: string, role: string): Promise<void> {
  await page.getByRole("button", { name: "New user" }).click();
  const dialog = page.getByRole("dialog", { name: "New user" });
  await dialog.getByLabel("Name").fill(name);
  await dialog.getByLabel("Role").selectOption(role);
  await dialog.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await dialog.getByRole("button", { name: "Create user" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("cell", { name, exact: true }).waitFor();
}

/** Where the page keeps events. */
const keptDatabases = (page: Page): Promise<readonly (string | undefined)[]> =>
  page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));

/** The findings of axe on the page as it stands. */
async function findings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

it("a server is set up, an executive proposes an event, an organizer approves it, and both leave", async () => {
  const admin = await open();
  await setUp(admin);
  await choose(admin, "Users");
  await createUser(admin, "olga", "organizer");
  await createUser(admin, "ed", "executive_admin");

  const executive = await open("/events/new");
  await executive.getByRole("heading", { name: "Sign in" }).waitFor();
  await signIn(executive, "ed", "a wrong password");
  await executive.getByRole("alert").filter({ hasText: "the name or the password is wrong" }).waitFor();
  await signIn(executive, "ed");
  // Signing in leads to the address that was asked for.
  const form = executive.getByRole("dialog", { name: "New event" });
  const starts = secondsFromNow(5 * 86_400);
  await form.getByLabel("Name").fill("Gala");
  await form.getByLabel("Event starts").fill(localTime(starts, "Europe/Vienna"));
  await form.getByLabel("Event ends").fill(localTime(starts + HOUR, "Europe/Vienna"));
  expect(await form.getByLabel("Approval required").isDisabled()).toBe(true);
  await form.getByRole("button", { name: "Create event" }).click();
  await form.waitFor({ state: "detached" });
  const proposed = executive.getByRole("row").filter({ hasText: "Gala" });
  await proposed.locator('[data-sub-status="pending_approval"]').waitFor();
  expect(await executive.getByRole("button", { name: /^(Approve|Decline|Delete) Gala/ }).count()).toBe(0);
  expect(await executive.getByRole("button", { name: "Edit Gala" }).count()).toBe(1);

  await executive.getByRole("checkbox", { name: "Select Gala" }).click();
  const selected = executive.getByRole("region", { name: "Selected events" });
  expect(await selected.getByRole("button", { name: / …$/ }).allInnerTexts()).toEqual([
    "Shift dates …",
    "Reschedule …",
  ]);
  expect(await executive.getByRole("link", { name: /^Approvals/ }).count()).toBe(0);

  const organizer = await open();
  await signIn(organizer, "olga");
  await organizer.getByRole("link", { name: /^Approvals/ }).click();
  await organizer.getByRole("heading", { name: "Gala", exact: true }).waitFor();
  await organizer.getByRole("button", { name: /^Approve/ }).click();
  // The executive's page learns of it from the feed.
  await proposed.locator('[data-sub-status="registration_not_required"]').waitFor();
  expect(await executive.getByRole("button", { name: "Edit Gala" }).count()).toBe(0);

  await choose(admin, "Audit");
  await admin.getByRole("row").filter({ hasText: "SIGN_IN_FAILED" }).waitFor();
  await admin
    .getByRole("row")
    .filter({ hasText: "/api/v1/admin/events/approve/{event_id}" })
    .filter({ hasText: "olga" })
    .waitFor();

  for (const page of [executive, organizer]) {
    expect(await keptDatabases(page)).not.toEqual([]);
    await choose(page, "Sign out");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await keptDatabases(page)).toEqual([]);
    await page.reload();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  }
});

it("an executive admin sees the scheduler and gives it no orders, and decides about nothing", async () => {
  const admin = await open();
  await setUp(admin);
  await choose(admin, "Users");
  await createUser(admin, "ed", "executive_admin");
  const executive = await open("/scheduler");
  await signIn(executive, "ed");
  await executive.getByRole("table", { name: "This page and the server" }).waitFor();
  expect(await executive.getByRole("button", { name: /^(Pause|Resume|Backfill|Catch-up)/ }).count()).toBe(0);

  await executive.goto(`${server.url}/approvals`);
  await executive.getByText("Others decide about events").waitFor();
  expect(await executive.getByRole("button", { name: /^(Approve|Decline)/ }).count()).toBe(0);

  await executive.goto(`${server.url}/import`);
  await executive.getByText("What you import waits for somebody's approval.").waitFor();
  const row = { event_id: "proposed", event_name: "Proposed", timezone: "UTC" };
  await executive
    .getByTestId("import-file")
    .setInputFiles({ name: "e.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify([row])) });
  await executive.getByRole("button", { name: "Import 1" }).click();
  await executive.getByRole("link", { name: "To the events" }).click();
  await executive.locator('[data-event-id="proposed"] [data-sub-status="pending_approval"]').waitFor();
});

it("when the session ends the page keeps what was typed, and goes on after signing in again", async () => {
  const page = await open();
  await setUp(page);
  await page.getByRole("link", { name: "New event" }).first().click();
  const form = page.getByRole("dialog", { name: "New event" });
  await form.getByLabel("Name").fill("Half typed");
  await form.getByLabel("Event starts").fill("2090-01-01T10:00");
  await form.getByLabel("Event ends").fill("2090-01-01T12:00");
  await page.context().clearCookies();
  await form.getByRole("button", { name: "Create event" }).click();
  const again = page.getByRole("dialog", { name: "Your session has ended" });
  await again.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await again.getByRole("button", { name: "Sign in" }).click();
  await again.waitFor({ state: "detached" });
  await form.getByRole("button", { name: "Create event" }).click();
  await page.getByRole("row").filter({ hasText: "Half typed" }).waitFor();
  await page.getByRole("button", { name: "Health: All running" }).waitFor();
});

it("a key is shown once, opens what it is for, and nothing once revoked", async () => {
  const page = await open();
  await setUp(page);
  await choose(page, "API keys");
  await page.getByRole("button", { name: "New key" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Service").fill("mailer");
  await dialog.getByRole("button", { name: "Create key" }).click();
  const key = (await dialog.getByTestId("new-key").textContent()) ?? "";
  const ask = async (route: string) =>
    (await fetch(`${server.url}/api/v1/${route}`, { headers: { authorization: `Bearer ${key}` } })).status;
  expect([await ask("scheduler/snapshot"), await ask("admin/events/list")]).toEqual([200, 403]);
  await dialog.getByRole("button", { name: "Done" }).click();
  expect(await page.getByText(key).count()).toBe(0);
  await page.getByRole("button", { name: /^Revoke/ }).click();
  await page.getByRole("button", { name: "Revoke key" }).click();
  await page.getByRole("row").filter({ hasText: "mailer" }).filter({ hasText: "revoked" }).waitFor();
  expect(await ask("scheduler/snapshot")).toBe(401);
});

it.each(["light", "dark"] as const)("the pages about access are accessible in %s", async (colorScheme) => {
  const page = await open("/users", { colorScheme });
  await page.getByRole("heading", { name: "Set up this server" }).waitFor();
  expect(await findings(page)).toEqual([]);
  await page.getByLabel("Set-up token").fill(TOKEN);
  await page.getByLabel("Name").fill("root");
  await page.getByLabel("Password", { exact: false }).first().fill(PASSWORD);
  await page.getByRole("button", { name: "Create the first user" }).click();
  await page.getByRole("heading", { name: "Users" }).waitFor();
  for (const [path, heading] of [
    ["/users", "Users"],
    ["/api-keys", "API keys"],
    ["/audit", "Audit"],
    ["/account", "Password and sessions"],
  ] as const) {
    await page.goto(`${server.url}${path}`);
    await page.getByRole("heading", { name: heading }).waitFor();
    await page.getByRole("status").first().waitFor({ state: "detached" });
    expect(await findings(page), path).toEqual([]);
  }
  await page.context().clearCookies();
  await page.reload();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await findings(page)).toEqual([]);
});
