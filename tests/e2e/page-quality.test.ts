import type { BrowserContextOptions, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { findings, fits, shifts, watchShifts } from "./support/page-quality.js";
import { Stage } from "./support/stage.js";

const stage = Stage.set("--demo");

const SCREENS = [
  { screen: "desktop-light", viewport: { width: 1440, height: 900 }, colorScheme: "light" },
  { screen: "desktop-dark", viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
  { screen: "phone-light", viewport: { width: 390, height: 844 }, colorScheme: "light" },
  { screen: "phone-dark", viewport: { width: 390, height: 844 }, colorScheme: "dark" },
] as const;

/** What may move while a page loads; a hundredth of what counts as good. */
const MOST_SHIFT = 0.001;

interface Visit {
  readonly name: string;
  readonly path: string;
  readonly heading: string;
  /** Brings the page to the state in which it is looked at. */
  readonly ready: (page: Page) => Promise<void>;
}

const link = (page: Page) => page.getByRole("main").getByRole("link");

const VISITS: readonly Visit[] = [
  {
    name: "dashboard",
    path: "/dashboard",
    heading: "Dashboard",
    ready: async (page) => {
      await page.getByRole("region", { name: "Then" }).getByRole("link").first().waitFor();
      // Whether something of the demo is due in these minutes depends on when this runs.
      await page
        .getByText(/Nothing has fired yet/)
        .or(page.getByTestId("lately-fired"))
        .waitFor();
      await page.getByRole("region", { name: "Server" }).getByText("this node").waitFor();
    },
  },
  {
    name: "timeline",
    path: "/timeline",
    heading: "Timeline",
    ready: async (page) => {
      await page.getByTestId("timeline").getByRole("link").first().waitFor();
      await page.getByText(/\d+ venue conflicts/).waitFor();
    },
  },
  {
    name: "timeline-list",
    path: "/timeline?view=list",
    heading: "Timeline",
    ready: (page) => page.getByRole("table").getByRole("link").first().waitFor(),
  },
  {
    name: "calendar",
    path: "/calendar",
    heading: "Calendar",
    ready: (page) => link(page).first().waitFor(),
  },
  {
    name: "event",
    path: "/events/pycon-us-2025-05-14",
    heading: "PyCon US",
    ready: (page) => page.getByTestId("triggers").getByRole("listitem").first().waitFor(),
  },
  {
    name: "scheduler",
    path: "/scheduler",
    heading: "Scheduler",
    ready: (page) => page.getByRole("heading", { name: "Downtime and recovery" }).waitFor(),
  },
  {
    name: "schedules",
    path: "/schedules",
    heading: "Schedules",
    ready: (page) => page.getByText("Nothing was given up.").waitFor(),
  },
  {
    name: "providers",
    path: "/providers",
    heading: "Providers",
    ready: (page) => page.getByText("No events are read from other systems").waitFor(),
  },
  {
    name: "new-event",
    path: "/events/new",
    heading: "Events",
    ready: (page) => page.getByRole("dialog", { name: "New event" }).waitFor(),
  },
];

describe.each(SCREENS)("on $screen", ({ screen, ...options }) => {
  it("every page is accessible, keeps to its width, and holds still while it loads", async () => {
    const problems: Record<string, unknown> = {};
    for (const visit of VISITS) {
      const found = await visited(visit, options, screen);
      if (found.length > 0) problems[visit.name] = found;
    }
    expect(problems).toEqual({});
  }, 240_000);
});

async function visited(visit: Visit, options: BrowserContextOptions, screen: string): Promise<readonly unknown[]> {
  const profile = await stage.profile(options);
  const tab = await stage.tab(profile, visit.path, visit.heading, watchShifts);
  const { page } = tab;
  await visit.ready(page);
  await tab.screenshot(`${visit.name}-${screen}`);
  const moved = await shifts(page);
  const sum = moved.reduce((total, { value }) => total + value, 0);
  const result = [
    ...(await findings(page)),
    ...((await fits(page)) ? [] : ["is wider than its window"]),
    ...(sum > MOST_SHIFT ? [`moves by ${sum.toFixed(4)}`, moved] : []),
  ];
  await page.close();
  return result;
}
