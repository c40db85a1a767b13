// @vitest-environment happy-dom

import { act, createElement, type ReactNode, StrictMode, useEffect } from "react";
import { createRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { addEventToScheduler, type ClientEventScheduler, type QueuedTrigger } from "../src/index.js";
import {
  type Countdown,
  type CountdownTarget,
  SchedulerProvider,
  type SchedulerProviderProps,
  useCountdown,
  useEventStatus,
  useEvents,
  useScheduler,
  useSchedulerHealth,
  useUpcomingTriggers,
} from "../src/react/index.js";
import { afterTest, conference, makeScheduler, NOON } from "./support/schedulers.js";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let root: Root;

beforeEach(() => {
  root = createRoot(document.createElement("div"));
  const mounted = root;
  afterTest(() => act(() => mounted.unmount()));
});

afterEach(() => {
  vi.useRealTimers();
});

/** Uses the hooks that `read` calls, and shows what it answers. */
function Probe({ read }: { readonly read: () => unknown }): ReactNode {
  return JSON.stringify(read()) ?? null;
}

/** Mounts a component that uses `hook` below a provider, and keeps what the hook has returned at each render. */
async function mount<T>(hook: () => T, props: SchedulerProviderProps, strict = false): Promise<{ seen: T[] }> {
  const seen: T[] = [];
  const read = (): void => void seen.push(hook());
  const tree = createElement(SchedulerProvider, props, createElement(Probe, { read }));
  await act(async () => root.render(strict ? createElement(StrictMode, null, tree) : tree));
  return { seen };
}

const live = (): readonly ClientEventScheduler[] => {
  const registry = (globalThis as Record<symbol, { schedulers: Set<ClientEventScheduler> } | undefined>)[
    Symbol.for("client-event-scheduler/registry/1")
  ];
  return [...(registry?.schedulers ?? [])];
};

describe("hooks", () => {
  it("show the status of an event and follow it", async () => {
    const { scheduler, clock } = makeScheduler();
    scheduler.addEvent(conference("a"));
    scheduler.start();
    const { seen } = await mount(() => useEventStatus("a")?.sub_status, { scheduler });
    expect(seen).toEqual(["registration_not_started"]);
    await act(async () => {
      scheduler.addEvent(conference("another"));
    });
    expect(seen).toHaveLength(1);
    clock.moveTo("2026-06-02T12:00:00Z");
    await act(async () => scheduler.tick());
    expect(seen.at(-1)).toBe("registration_open");
    await act(async () => {
      scheduler.removeEvent("a");
    });
    expect(seen.at(-1)).toBeUndefined();
    expect(seen).toHaveLength(3);
  });

  it("list the coming triggers, and stay the same while those stay the same", async () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a"));
    const { seen } = await mount<readonly QueuedTrigger[]>(() => useUpcomingTriggers({ limit: 2 }), { scheduler });
    expect(seen[0]?.map(({ kind }) => kind)).toEqual(["registration_open", "registration_close"]);
    await act(async () => {
      scheduler.addEvent(conference("later", { registration_start_date: "2026-06-03T12:00:00Z" }));
      scheduler.removeEvent("later");
    });
    expect(seen).toHaveLength(1);
    await act(async () => {
      scheduler.addEvent(conference("sooner", { registration_start_date: "2026-06-01T13:00:00Z" }));
    });
    expect(seen.at(-1)?.[0]?.eventId).toBe("sooner");
  });

  it("list the events, and the health", async () => {
    const { scheduler } = makeScheduler();
    const { seen } = await mount(
      () => ({ events: useEvents().map(({ event_id }) => event_id), state: useSchedulerHealth()?.issues[0]?.code }),
      { scheduler },
    );
    expect(seen).toEqual([{ events: [], state: "NOT_RUNNING" }]);
    await act(async () => {
      scheduler.addEvent(conference("a"));
      scheduler.start();
    });
    expect(seen.at(-1)).toEqual({ events: ["a"], state: undefined });
  });

  it("go on with what there is when the scheduler is disposed below them", async () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a"));
    const { seen } = await mount(
      () => [useEvents().length, useEventStatus("a"), useCountdown({ eventId: "a" }).target],
      {
        scheduler,
      },
    );
    await act(async () => scheduler.dispose());
    expect(seen.at(-1)).toEqual([0, undefined, null]);
  });

  it("say that there is no provider", async () => {
    const alone = createElement(Probe, { read: useScheduler });
    expect(() => renderToString(alone)).toThrow(expect.objectContaining({ code: "NO_PROVIDER" }));
  });
});

describe("a countdown", () => {
  it("renders once a second, on the second, and no more when it is done", async () => {
    vi.useFakeTimers({ now: Date.parse("2026-06-01T12:00:00.400Z"), toFake: ["setTimeout", "clearTimeout", "Date"] });
    const target = Date.parse("2026-06-01T12:00:03Z");
    const { scheduler } = makeScheduler({ clock: Date });
    const { seen } = await mount<Countdown>(() => useCountdown(target), { scheduler });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 3, totalMs: 3000, done: false, target });
    await act(async () => vi.advanceTimersByTime(599));
    expect(seen).toHaveLength(1);
    await act(async () => vi.advanceTimersByTime(1));
    expect(seen.map(({ seconds }) => seconds)).toEqual([3, 2]);
    await act(async () => vi.advanceTimersByTime(2000));
    expect(seen.at(-1)).toMatchObject({ totalMs: 0, done: true });
    const renders = seen.length;
    await act(async () => vi.advanceTimersByTime(5000));
    expect(seen).toHaveLength(renders);
  });

  it("follows the next trigger of an event", async () => {
    const { scheduler, clock } = makeScheduler();
    scheduler.addEvent(conference("a"));
    scheduler.start();
    const { seen } = await mount<Countdown>(() => useCountdown({ eventId: "a" }), { scheduler });
    expect(seen[0]).toMatchObject({ days: 1, hours: 0, minutes: 0, seconds: 0, done: false });
    await act(async () => {
      scheduler.updateEvent("a", conference("a", { registration_start_date: "2026-06-01T14:03:04Z" }));
    });
    expect(seen.at(-1)).toMatchObject({ days: 0, hours: 2, minutes: 3, seconds: 4 });
    clock.moveTo("2026-06-30T12:00:00Z");
    await act(async () => scheduler.tick());
    expect(seen.at(-1)?.target).toBeNull();
  });

  it.each<[CountdownTarget, number | null]>([
    [null, null],
    [undefined, null],
    [Number.NaN, null],
    [{ eventId: "nobody" }, null],
    [new Date(NOON), Date.parse(NOON)],
  ])("to %o has the target %o", async (target, expected) => {
    const { scheduler } = makeScheduler();
    const { seen } = await mount<Countdown>(() => useCountdown(target), { scheduler });
    expect(seen[0]?.target).toBe(expected);
  });

  it("works without a provider", async () => {
    const seen: Countdown[] = [];
    const read = (): void => void seen.push(useCountdown(0));
    await act(async () => root.render(createElement(Probe, { read })));
    expect(seen[0]).toMatchObject({ done: true, target: 0 });
  });
});

describe("a provider without a scheduler of its own", () => {
  const settled = (): Promise<void> => act(async () => void (await new Promise((resolve) => setTimeout(resolve, 20))));

  it.each([false, true])("makes one scheduler, and takes it along when it goes (StrictMode: %s)", async (strict) => {
    const before = live().length;
    const options = { logger: false, tickMs: 5000 } as const;
    const { seen } = await mount(() => useScheduler(), { options }, strict);
    expect(seen[0]).toBeNull();
    await vi.waitFor(() => expect(live()).toHaveLength(before + 1));
    await settled();
    const scheduler = seen.at(-1) as ClientEventScheduler;
    expect(scheduler).toBe(live().at(-1));
    expect(scheduler.status()).toMatchObject({ running: true, tickMs: 5000 });
    await act(async () => root.render(null));
    await settled();
    expect(scheduler.disposed).toBe(true);
    expect(live()).toHaveLength(before);
  });

  it("shares it with the module functions, even when a component below is the first to call one", async () => {
    const read = (): string => {
      useEffect(() => void addEventToScheduler(conference("a", { start_datetime: null })), []);
      return useEventStatus("a")?.status ?? "unknown";
    };
    const container = document.createElement("div");
    const own = createRoot(container);
    const options = { logger: false, tickMs: 7000 } as const;
    await act(async () => own.render(createElement(SchedulerProvider, { options }, createElement(Probe, { read }))));
    await vi.waitFor(async () => {
      await settled();
      expect(container.textContent).toBe('"draft"');
    });
    expect(live().at(-1)?.status().tickMs).toBe(7000);
    await act(async () => own.unmount());
    await settled();
    expect(live()).toHaveLength(0);
  });

  it("survives a thousand mounts without leaving a scheduler behind", async () => {
    const before = live().length;
    for (let i = 0; i < 1000; i += 1) {
      await act(async () => root.render(createElement(SchedulerProvider, { options: { logger: false } })));
      await act(async () => root.render(null));
    }
    await settled();
    expect(live()).toHaveLength(before);
  });
});

describe("on the server", () => {
  it("renders what is not known yet, and makes nothing", async () => {
    const before = live().length;
    const read = (): unknown[] => [
      useScheduler(),
      useEventStatus("a") ?? null,
      useEvents().length,
      useUpcomingTriggers().length,
      useSchedulerHealth(),
      useCountdown(Date.now() + 5000).target,
    ];
    const html = renderToString(
      createElement(SchedulerProvider, { options: { logger: false } }, createElement(Probe, { read })),
    );
    expect(html).toBe("[null,null,0,0,null,null]");
    expect(live()).toHaveLength(before);
  });
});

describe("the console of a page", () => {
  it("shows status, queue and health, and explains", async () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a"));
    const table = vi.spyOn(console, "table").mockImplementation(() => undefined);
    const info = vi.spyOn(console, "info").mockImplementation(() => undefined);
    const api = (window as unknown as Record<string, import("../src/index.js").ConsoleApi>).__CLIENT_EVENT_SCHEDULER__;
    expect(api?.status()).toEqual(scheduler.status());
    expect(api?.queue(2)).toEqual(scheduler.queue({ limit: 2 }));
    expect(table.mock.calls[0]?.[0]).toMatchObject([{ eventId: "a", dueAt: "2026-06-02T12:00:00.000Z" }, {}]);
    expect(api?.health()?.state).toBe("ok");
    expect(api?.help()).toContain("queue(limit)");
    expect(await api?.explain("a")).toEqual(await scheduler.explain("a"));
    expect(info).toHaveBeenCalledWith((await scheduler.explain("a")).sentence);
    expect((await api?.simulate())?.triggers).toHaveLength(1);
    expect(table.mock.calls[1]?.[0]).toMatchObject([{ eventId: "a", dueAt: "2026-06-02T12:00:00.000Z" }]);
    expect(api?.history()).toEqual(scheduler.history());
    expect(api?.deadLetters()).toEqual([]);
    scheduler.dispose();
    expect(api?.status()).toBeNull();
    expect([await api?.explain("a"), await api?.simulate(), await api?.conflicts()]).toEqual([null, null, null]);
    expect([api?.history(), api?.deadLetters()]).toEqual([[], []]);
    expect(info).toHaveBeenCalledWith("There is no scheduler on this page now.");
  });
});
