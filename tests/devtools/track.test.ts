import type { CDPSession, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { Application } from "./application.js";

let application: Application;

beforeAll(async () => {
  application = await Application.start();
});
afterAll(() => application.stop());
afterEach(() => Promise.all(application.browser.contexts().map((context) => context.close())));

interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly args: { readonly detail?: string; readonly data?: { readonly detail?: string } };
}

/** What the performance panel would record while `act` runs. */
async function recorded(page: Page, act: () => Promise<unknown>): Promise<readonly TraceEvent[]> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise((done) => session.once("Tracing.tracingComplete", done));
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["blink.user_timing"] },
  });
  await act();
  await session.send("Tracing.end");
  await complete;
  return events;
}

const fireAll = (page: Page) =>
  page.evaluate(`new Promise((done) => {
    page.ahead += 3600000;
    scheduler.tick();
    const timer = setInterval(() => {
      const { deliveriesInFlight, deliveriesWaiting } = scheduler.status();
      if (deliveriesInFlight + deliveriesWaiting === 0) {
        clearInterval(timer);
        setTimeout(done, 0);
      }
    }, 20);
  })`);

it("ticks and deliveries are in a recorded trace, on a track of their own", async () => {
  const page = await application.open("devtools&events=3");
  const events = await recorded(page, () => fireAll(page));
  const details = events.flatMap(({ name, args }) => {
    const detail = args.detail ?? args.data?.detail;
    return detail === undefined
      ? []
      : [{ name, ...(JSON.parse(detail) as { devtools: Record<string, unknown> }).devtools }];
  });
  const common = { dataType: "track-entry", track: "Event scheduler (conferences)" };
  expect(details).toContainEqual(expect.objectContaining({ ...common, name: "tick" }));
  expect(details).toContainEqual(
    expect.objectContaining({
      ...common,
      name: "registration_open jsconf-2027",
      color: "tertiary",
      properties: expect.arrayContaining([
        ["Cause", "recovered"],
        ["Attempt", "1"],
        ["Outcome", "delivered"],
      ]),
    }),
  );
  expect(details).toContainEqual(
    expect.objectContaining({
      ...common,
      name: "registration_open rustfest-2027",
      color: "error",
      tooltipText: "registration_open rustfest-2027: failed: notify answered 503",
    }),
  );
});

it("nothing is written once it is switched off, and what was written is gone", async () => {
  const page = await application.open("devtools&events=3");
  await fireAll(page);
  const measures = () => page.evaluate(() => performance.getEntriesByType("measure").length);
  expect(await measures()).toBeGreaterThan(0);
  await page.evaluate("uninstall()");
  expect(await measures()).toBe(0);
  await fireAll(page);
  expect(await measures()).toBe(0);
});
