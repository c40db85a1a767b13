// @vitest-environment happy-dom

import { act, createElement, Fragment, type ReactNode, useLayoutEffect } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ClientEventScheduler, EventStatus, SchedulerHealth } from "../src/index.js";
import {
  type Countdown,
  SchedulerProvider,
  useCountdown,
  useEventStatus,
  useEvents,
  useScheduler,
  useSchedulerHealth,
  useTrigger,
  useUpcomingTriggers,
} from "../src/react/index.js";
import { handlersOf, liveSchedulers, type Place, place, Using } from "./support/react.js";
import { conference, makeScheduler, thrownBy } from "./support/schedulers.js";

let page: Place;
beforeEach(() => {
  page = place();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Every hook in a component of its own, with how often each has rendered. */
function everyHook(): { readonly tree: ReactNode; readonly renders: Record<string, number> } {
  const hooks: Record<string, () => unknown> = {
    scheduler: () => useScheduler()?.name,
    status: () => useEventStatus("a"),
    nobody: () => useEventStatus(undefined),
    events: () => useEvents().length,
    countdown: () => useCountdown({ eventId: "a" }).days,
    upcoming: () => useUpcomingTriggers({ eventId: "a" }).length,
    health: () => useSchedulerHealth()?.state,
    trigger: () => useTrigger(() => undefined),
  };
  const renders: Record<string, number> = {};
  const components = Object.entries(hooks).map(([name, hook]) => {
    const use = (): unknown => {
      renders[name] = (renders[name] ?? 0) + 1;
      return hook();
    };
    return createElement(Using, { key: name, use });
  });
  return { tree: createElement(Fragment, null, components), renders };
}

describe("a component renders anew", () => {
  /** Renders that `change` has caused, of hooks that have rendered at all. */
  async function rendersOf(change: (scheduler: ClientEventScheduler) => unknown): Promise<Record<string, number>> {
    const { scheduler } = makeScheduler();
    const event = conference("a");
    scheduler.addEvent(event);
    scheduler.addEvent(conference("b"));
    scheduler.start();
    const { tree, renders } = everyHook();
    await page.showBelow({ scheduler }, tree);
    expect(new Set(Object.values(renders))).toEqual(new Set([1]));
    await act(async () => void change(scheduler));
    return Object.fromEntries(Object.entries(renders).flatMap(([name, n]) => (n > 1 ? [[name, n - 1]] : [])));
  }

  it.each<[string, (scheduler: ClientEventScheduler) => unknown, Record<string, number>]>([
    ["a tick", (scheduler) => scheduler.tick(), {}],
    ["the same event added again", (scheduler) => scheduler.addEvent(conference("a")), {}],
    ["an event that is unknown removed", (scheduler) => scheduler.removeEvent("nobody"), {}],
    [
      "another event's dates",
      (scheduler) => scheduler.addEvent(conference("b", { end_datetime: null })),
      { events: 1 },
    ],
    ["an event that comes and goes", (s) => [s.addEvent(conference("c")), s.removeEvent("c")], {}],
    ["its last date", (s) => s.addEvent(conference("a", { certificate_end_date: null })), { events: 1, upcoming: 1 }],
    [
      "its next date",
      (s) => s.addEvent(conference("a", { registration_start_date: "2026-06-02T13:00:00Z" })),
      { events: 1, upcoming: 1, countdown: 1 },
    ],
    ["its status", (s) => s.declineEvent("a"), { events: 1, upcoming: 1, countdown: 1, status: 1 }],
    ["a pause", (s) => s.pause("for a test"), { health: 1 }],
    [
      "ten changes at once",
      (s) => Array.from({ length: 10 }, (_, i) => s.addEvent(conference(`c${i}`))),
      { events: 1 },
    ],
  ])("after %s only where it shows something else", async (_what, change, expected) => {
    expect(await rendersOf(change)).toEqual(expected);
  });
});

describe("a countdown's snapshot", () => {
  it("does not depend on when it is taken", async () => {
    vi.useFakeTimers({ now: Date.parse("2026-06-01T12:00:00.990Z"), toFake: ["setTimeout", "clearTimeout", "Date"] });
    const complaints = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const target = Date.parse("2026-06-01T12:00:10Z");
    // Each look at the clock finds it in another second: were the snapshot to ask it, React would complain.
    let now = Date.parse("2026-06-01T12:00:00Z");
    const { scheduler } = makeScheduler({
      clock: {
        now: () => {
          now += 1000;
          return now;
        },
      },
    });
    const seen: number[] = [];
    const use = (): void => void seen.push(useCountdown(target).totalMs);
    await page.showBelow({ scheduler }, createElement(Using, { use }));
    expect(seen).toHaveLength(1);
    expect(complaints).not.toHaveBeenCalled();
  });

  it("stands still and leaves no timer when nobody is there to see it", async () => {
    vi.useFakeTimers({ now: Date.parse("2026-06-01T12:00:00Z"), toFake: ["setTimeout", "clearTimeout", "Date"] });
    const { scheduler } = makeScheduler({ clock: Date });
    const use = (): Countdown => useCountdown(Date.parse("2026-06-01T13:00:00Z"));
    await page.showBelow({ scheduler }, createElement(Using, { use }));
    expect(vi.getTimerCount()).toBe(1);
    await page.show(null);
    expect(vi.getTimerCount()).toBe(0);
    await page.showBelow({ scheduler }, createElement(Using, { use }));
    await act(async () => vi.advanceTimersByTime(1000));
    expect(page.container.textContent).toContain('"minutes":59,"seconds":59');
  });
});

describe("a page of thousands of rows", () => {
  it("takes one handler of the scheduler, and none when it is gone", async () => {
    const { scheduler } = makeScheduler();
    const rows = Array.from({ length: 1500 }, (_, i) => {
      scheduler.addEvent(conference(`e${i}`));
      const use = (): unknown => [useEventStatus(`e${i}`)?.sub_status, useCountdown({ eventId: `e${i}` }).days];
      return createElement(Using, { key: i, use });
    });
    await page.showBelow({ scheduler }, rows);
    expect(handlersOf(scheduler)).toBe(1);
    await page.show(null);
    expect(handlersOf(scheduler)).toBe(0);
  });

  it("leaves nothing behind when every hook is mounted and unmounted a thousand times", async () => {
    const before = liveSchedulers().length;
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a"));
    const { tree } = everyHook();
    for (let i = 0; i < 1000; i += 1) {
      await page.showBelow({ scheduler }, i % 2 === 0 ? tree : null, true);
    }
    expect(handlersOf(scheduler)).toBe(0);
    expect(liveSchedulers()).toHaveLength(before + 1);
  });
});

describe("hydration", () => {
  it("takes over what the server has rendered, without a word about a difference", async () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a"));
    scheduler.start();
    const complaints = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { tree } = everyHook();
    const app = createElement(SchedulerProvider, { scheduler }, tree);
    const container = document.createElement("div");
    container.innerHTML = renderToString(app);
    const recovered = vi.fn();
    const root = await act(async () => hydrateRoot(container, app, { onRecoverableError: recovered }));
    expect(container.textContent).toContain('"sub_status":"registration_not_started"');
    expect(recovered).not.toHaveBeenCalled();
    expect(complaints).not.toHaveBeenCalled();
    await act(async () => root.unmount());
  });
});

describe("what a component sees in its first effect", () => {
  it("is the scheduler's present state", async () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a"));
    const seen: [EventStatus | undefined, SchedulerHealth["state"] | undefined][] = [];
    const use = (): void => {
      const status = useEventStatus("a");
      const health = useSchedulerHealth();
      useLayoutEffect(() => void seen.push([status, health?.state]), [status, health]);
    };
    await page.showBelow({ scheduler }, createElement(Using, { use }));
    expect(seen).toEqual([[{ status: "upcoming", sub_status: "registration_not_started" }, "ok"]]);
  });

  it("is an error where there is no provider", () => {
    const complaints = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const thrown = thrownBy(() => renderToString(createElement(Using, { use: () => useTrigger(() => undefined) })));
    expect(thrown).toMatchObject({ code: "NO_PROVIDER" });
    complaints.mockRestore();
  });
});
