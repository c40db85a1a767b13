import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { VIEWER_ZONE } from "./browser.js";
import { localTime } from "./local-time.js";

const ARTIFACTS = resolve(import.meta.dirname, "../../artifacts");

/** What a person fills into the form; times are instants and are written in the form's zone. */
export interface FormInput {
  readonly name?: string;
  readonly venue?: string;
  readonly timeZone?: string;
  readonly starts?: number;
  readonly ends?: number;
  readonly registrationOpens?: number;
  readonly registrationCloses?: number;
  readonly approvalRequired?: boolean;
}

/** One open tab of the admin, used as a person uses it, and all that went wrong in it. */
export class AdminTab {
  /** Errors and warnings of the console, uncaught errors, refusals by the content security policy, requests elsewhere. */
  readonly complaints: string[] = [];

  private constructor(readonly page: Page) {}

  static async open(
    context: BrowserContext,
    url: string,
    path = "/events",
    heading?: string,
    prepare?: (page: Page) => Promise<unknown>,
  ): Promise<AdminTab> {
    const tab = new AdminTab(await context.newPage());
    const { page, complaints } = tab;
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
    page.on("request", (request) => {
      const elsewhere = !/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== url;
      if (elsewhere) complaints.push(`request to ${request.url()}`);
    });
    await prepare?.(page);
    await page.goto(`${url}${path}`);
    await page
      .getByRole("heading", heading === undefined ? { level: 1 } : { name: heading, level: 1 })
      .first()
      .waitFor();
    await tab.allRunning();
    return tab;
  }

  /** Waits until the page says that all is running; if it does not, the error tells what it says instead. */
  private async allRunning(): Promise<void> {
    try {
      await this.page.getByRole("button", { name: "Health: All running" }).waitFor();
    } catch (error) {
      await this.page.getByRole("button", { name: /^Health: / }).click();
      const says = await this.page.getByRole("dialog").allInnerTexts();
      throw new Error(`The page says of its health: ${says.join(" ")}`, { cause: error });
    }
  }

  /** The row of the event with this name. */
  row(name: string): Locator {
    return this.page.getByRole("row").filter({ has: this.page.getByRole("link", { name, exact: true }) });
  }

  /** The event's row once it shows this sub-status. */
  rowIn(name: string, subStatus: string): Locator {
    return this.row(name).filter({ has: this.page.locator(`[data-sub-status="${subStatus}"]`) });
  }

  /** The queued triggers of the event with this name, in firing order. */
  queued(name: string): Locator {
    return this.page.getByTestId("queue").getByRole("listitem").filter({ hasText: name });
  }

  happened(name: string): Locator {
    return this.page.getByTestId("just-happened").getByRole("listitem").filter({ hasText: name });
  }

  async openNewForm(): Promise<void> {
    await this.page.getByRole("link", { name: "New event" }).click();
    await this.page.getByRole("dialog", { name: "New event" }).waitFor();
  }

  async openEditForm(name: string): Promise<void> {
    await this.page.getByRole("button", { name: `Edit ${name}` }).click();
    await this.page.getByRole("dialog", { name: "Edit event" }).waitFor();
  }

  /** A field of the open form; required ones have an asterisk behind their label. */
  field(label: string): Locator {
    return this.page.getByRole("dialog").getByLabel(new RegExp(`^${label}( \\*)?$`));
  }

  async fill(input: FormInput): Promise<void> {
    const form = this.page.getByRole("dialog");
    if (input.name !== undefined) await this.field("Name").fill(input.name);
    if (input.venue !== undefined) await this.field("Venue").fill(input.venue);
    if (input.timeZone !== undefined) await this.chooseZone(input.timeZone);
    if (input.approvalRequired) await form.getByLabel("Approval required").click();
    const zone = input.timeZone ?? VIEWER_ZONE;
    const times: readonly [string, number | undefined][] = [
      ["Event starts", input.starts],
      ["Event ends", input.ends],
      ["Registration opens", input.registrationOpens],
      ["Registration closes", input.registrationCloses],
    ];
    for (const [label, at] of times) {
      if (at !== undefined) await this.field(label).fill(localTime(at, zone));
    }
  }

  async chooseZone(zone: string): Promise<void> {
    const field = this.page.getByRole("dialog").getByRole("combobox", { name: "Time zone" });
    await field.fill(zone);
    await this.page
      .getByRole("option", { name: zone.replaceAll("_", " ") })
      .first()
      .click();
  }

  async submit(): Promise<void> {
    await this.page
      .getByRole("dialog")
      .getByRole("button", { name: /^(Create event|Save changes)$/ })
      .click();
  }

  async formClosed(): Promise<void> {
    await this.page.getByRole("dialog").waitFor({ state: "detached" });
  }

  /** What a field of the open form complains of. */
  async fieldError(label: string): Promise<string> {
    const described = (await this.field(label).getAttribute("aria-describedby"))?.split(" ") ?? [];
    const texts = described
      .filter((id) => id.endsWith("-error"))
      .map((id) => this.page.locator(`[id="${id}"]`).textContent());
    return (await Promise.all(texts)).join(" ");
  }

  async create(input: FormInput): Promise<void> {
    await this.openNewForm();
    await this.fill(input);
    await this.submit();
    await this.formClosed();
  }

  /** What does not fit the width of the screen; a part that scrolls down must not scroll sideways, too. */
  cutOff(): Promise<readonly string[]> {
    return this.page.evaluate(() => {
      const wide = (part: Element) => part.scrollWidth > part.clientWidth + 1;
      const scrolls = (part: Element) => ["auto", "scroll"].includes(getComputedStyle(part).overflowY);
      const isPage = (part: Element) =>
        scrolls(part) && part.clientWidth > 300 && part.querySelector("h1, h2") !== null;
      const pages = [...document.querySelectorAll("main, main *, [role=dialog]")].filter(isPage);
      return [document.documentElement, ...pages].filter(wide).map((page) => {
        const edge = page.getBoundingClientRect().right;
        const beyond = [...page.querySelectorAll("*")].find((part) => part.getBoundingClientRect().right > edge + 1);
        return `${page.className || page.tagName}: ${beyond?.outerHTML.slice(0, 200)}`;
      });
    });
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(ARTIFACTS, { recursive: true });
    await this.page.screenshot({ path: join(ARTIFACTS, `${name}.png`), animations: "disabled" });
  }
}
