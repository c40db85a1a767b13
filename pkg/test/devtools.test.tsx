// @vitest-environment happy-dom

import { act, createElement } from "react";
import { createRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { installDevtools, SchedulerInspector, type SchedulerInspectorProps } from "../src/devtools/index.js";
import type { ClientEventScheduler, ConsoleApi } from "../src/index.js";
import { SchedulerProvider } from "../src/react/index.js";
import { afterTest, conference, makeScheduler, NOON } from "./support/schedulers.js";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let root: Root;

beforeEach(() => {
  // At the beginning of a second, since countdowns and the search for a scheduler go by full seconds.
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"],
    now: Date.parse(NOON),
  });
  root = createRoot(document.createElement("div"));
  const mounted = root;
  afterTest(() => act(() => mounted.unmount()));
});
afterEach(() => {
  vi.useRealTimers();
});

const mount = (props: SchedulerInspectorProps) =>
  act(async () => root.render(createElement(SchedulerInspector, props)));

function inspector(): ShadowRoot {
  const shadow = document.querySelector("client-event-scheduler-inspector")?.shadowRoot;
  if (shadow == null) {
    throw new Error("the inspector is not there");
  }
  return shadow;
}

const text = (): string => inspector().querySelector(".root")?.textContent ?? "";

async function press(label: string): Promise<void> {
  const button = [...inspector().querySelectorAll("button")].find(({ textContent }) => textContent === label);
  if (button === undefined) {
    throw new Error(`there is no button ${label} in: ${text()}`);
  }
  await act(async () => button.click());
}

/** Lets time pass that the inspector waits before it shows what has changed. */
const shown = () => act(async () => vi.advanceTimersByTime(300));

describe("the inspector", () => {
  it("folds up into a button with the state and the next countdown", async () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a"));
    await mount({ scheduler });
    expect(text()).toBe("Scheduler inspector: ok, next trigger in 1 d 0 h");
  });

  it("takes the provider's scheduler, else the page's", async () => {
    const { scheduler } = makeScheduler({ name: "provided" });
    makeScheduler({ name: "latest" });
    const inspected = createElement(SchedulerInspector, { defaultOpen: true });
    await act(async () => root.render(createElement(SchedulerProvider, { scheduler }, inspected)));
    expect(text()).toContain("Scheduler inspector — provided");
    await act(async () => root.render(inspected));
    expect(text()).toContain("Scheduler inspector — latest");
  });

  it("renders nothing on the server, and goes with the component", async () => {
    const { scheduler } = makeScheduler();
    expect(renderToString(createElement(SchedulerInspector, { scheduler, defaultOpen: true }))).toBe("");
    await mount({ scheduler });
    await act(async () => root.render(null));
    expect(document.querySelector("client-event-scheduler-inspector")).toBeNull();
  });

  it("goes on without the scheduler when that is disposed", async () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a"));
    await mount({ scheduler, defaultOpen: true });
    await act(async () => scheduler.dispose());
    await shown();
    expect(inspector().querySelectorAll("li")).toHaveLength(6);
    await act(async () => vi.advanceTimersByTime(1000));
    expect(text()).toContain("There is no scheduler");
  });

  it("does not take the application down when the scheduler fails it", async () => {
    const { scheduler } = makeScheduler();
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    vi.spyOn(scheduler, "health").mockImplementation(() => {
      throw new Error("out of order");
    });
    await mount({ scheduler });
    expect(inspector().textContent).toContain("The scheduler inspector has failed: Error: out of order");
  });

  it("lists the queue, follows it, and explains what is chosen", async () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a"));
    await mount({ scheduler, defaultOpen: true });
    expect(inspector().querySelectorAll("li")).toHaveLength(6);
    await act(async () => void scheduler.addEvent(conference("b", { event_name: "Second" })));
    await shown();
    expect(inspector().querySelectorAll("li")).toHaveLength(12);
    await act(async () => inspector().querySelector<HTMLButtonElement>("li button")?.click());
    await act(() => scheduler.explain("a"));
    expect(text()).toContain("registration_open of a is due at 2026-06-02T12:00:00.000Z, in 1 d 0 h, and fires then.");
  });

  it("says so when there is nothing to explain", async () => {
    const { scheduler } = makeScheduler();
    await mount({ scheduler, defaultOpen: true });
    await press("Explain");
    const input = inspector().querySelector("input") as HTMLInputElement;
    await act(async () => {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input, "nonsense");
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
    await act(async () =>
      inspector()
        .querySelector("form")
        ?.dispatchEvent(new Event("submit", { bubbles: true })),
    );
    await act(() => scheduler.explain("nonsense"));
    expect(inspector().querySelector("[role=status]")?.textContent).toMatch(/no event nonsense/);
  });

  it("shows deliveries with cause, lateness and attempts, and retries a dead letter", async () => {
    const { scheduler, clock } = makeScheduler({ retry: { maxAttempts: 1 } });
    let failing = true;
    scheduler.onTrigger(({ eventId }) => {
      if (failing && eventId === "b") {
        throw new Error("no route");
      }
    });
    scheduler.addEvent(conference("a"));
    scheduler.addEvent(conference("b"));
    scheduler.start();
    clock.moveTo("2026-06-02T12:00:02.500Z");
    scheduler.tick();
    await mount({ scheduler, defaultOpen: true });
    await press("Deliveries");
    expect(text()).toContain("Dead letters (1)");
    expect(text()).toContain("no route");
    expect(text()).toContain("2.5 s late");
    failing = false;
    await press("Retry b/registration_open@2026-06-02T12:00:00.000Z");
    await shown();
    expect(text()).not.toContain("Dead letters");
    expect(text()).toContain("is delivered again");
  });

  it("shows every section of the health, those of later versions too", async () => {
    const { scheduler } = makeScheduler();
    const health = scheduler.health();
    vi.spyOn(scheduler, "health").mockReturnValue(
      Object.assign({}, health, { storageState: { usedBytes: 12, lastWriteAt: null }, leases: ["first"] }),
    );
    await mount({ scheduler, defaultOpen: true });
    await press("Health");
    for (const words of ["NOT_RUNNING", "Storage state", "Used bytes12", "Last write atnone", "Leases1first"]) {
      expect(text()).toContain(words);
    }
  });

  it("looks ahead", async () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a"));
    await mount({ scheduler, defaultOpen: true });
    await press("Time travel");
    expect(text()).toContain("1 trigger until");
  });
});

describe("installDevtools", () => {
  const measures = () => performance.getEntriesByType("measure").map(({ name }) => name);

  it("writes ticks and deliveries of every scheduler of the page, until it is switched off", () => {
    const uninstall = installDevtools();
    afterTest(uninstall);
    const { scheduler, clock } = makeScheduler();
    scheduler.onTrigger(() => undefined);
    scheduler.addEvent(conference("a"));
    scheduler.start();
    vi.advanceTimersByTime(1000);
    clock.moveTo("2026-06-02T12:00:00Z");
    scheduler.tick();
    vi.advanceTimersByTime(1000);
    expect(measures()).toEqual(expect.arrayContaining(["tick", "registration_open a"]));
    uninstall();
    expect(measures()).toEqual([]);
    clock.moveTo("2026-06-03T12:00:00Z");
    scheduler.tick();
    vi.advanceTimersByTime(5000);
    expect(measures()).toEqual([]);
  });
});

describe("the console object", () => {
  const api = (): ConsoleApi =>
    (window as unknown as { __CLIENT_EVENT_SCHEDULER__: ConsoleApi }).__CLIENT_EVENT_SCHEDULER__;
  const retried = (scheduler: ClientEventScheduler) =>
    scheduler.deadLetters().map(({ triggerId }) => api().retry(triggerId));

  it("retries, lists conflicts, and switches the log off", async () => {
    const lines: unknown[] = [];
    vi.spyOn(console, "info").mockImplementation((_prefix, line) => void lines.push(line));
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    vi.spyOn(console, "table").mockImplementation(() => undefined);
    const { scheduler, clock } = makeScheduler({ logger: undefined, retry: { maxAttempts: 1 } });
    const fire = vi.fn(() => {
      throw new Error("no");
    });
    scheduler.onTrigger(fire);
    scheduler.addEvent(conference("a", { venue: "Hall 1" }));
    scheduler.addEvent(conference("b", { venue: "hall  1" }));
    scheduler.start();
    expect((await api().conflicts())?.total).toBe(1);
    clock.moveTo("2026-06-02T12:00:00Z");
    scheduler.tick();
    expect(lines).toHaveLength(2);
    api().logs(false);
    afterTest(() => api().logs(true));
    expect(retried(scheduler)).toEqual([true, true]);
    expect(fire).toHaveBeenCalledTimes(4);
    expect(lines).toHaveLength(2);
    expect(api().retry("none")).toBe(false);
    expect(api().help()).toMatch(/logs\(false\)/);
  });
});
