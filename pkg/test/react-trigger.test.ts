// @vitest-environment happy-dom

import { act, createElement, Suspense, useEffect, useState } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  addEventToScheduler,
  type ClientEventScheduler,
  stopScheduler,
  type TriggerDelivery,
  type TriggerHandler,
} from "../src/index.js";
import { useScheduler, useTrigger } from "../src/react/index.js";
import { handlersOf, type Place, place, settled, Using } from "./support/react.js";
import { conference, eventually, makeScheduler, type TestClock } from "./support/schedulers.js";

const OPENS = "2026-06-02T12:00:00Z";
const CLOSES = "2026-06-03T12:00:00Z";

let page: Place;
beforeEach(() => {
  page = place();
});

function withEvent(): { scheduler: ClientEventScheduler; fire: (instant: string) => Promise<void> } {
  const { scheduler, clock } = makeScheduler();
  scheduler.addEvent(conference("a"));
  scheduler.start();
  return { scheduler, fire: (instant) => fire(scheduler, clock, instant) };
}

function fire(scheduler: ClientEventScheduler, clock: TestClock, instant: string): Promise<void> {
  return act(async () => {
    clock.moveTo(instant);
    scheduler.tick();
  });
}

describe("useTrigger", () => {
  it.each([false, true])("calls the handler once for each trigger (StrictMode: %s)", async (strict) => {
    const { scheduler, fire } = withEvent();
    const seen: string[] = [];
    const use = (): void => useTrigger(({ kind }) => seen.push(kind));
    await page.showBelow({ scheduler }, createElement(Using, { use }), strict);
    expect(handlersOf(scheduler)).toBe(1);
    await fire(OPENS);
    await fire(CLOSES);
    expect(seen).toEqual(["registration_open", "registration_close"]);
    await page.show(null);
    expect(handlersOf(scheduler)).toBe(0);
  });

  it("hears of the kinds that it names, given as one or as a list that is new at each render", async () => {
    const { scheduler, fire } = withEvent();
    const seen: string[] = [];
    const register = vi.spyOn(scheduler, "onTrigger");
    const use = (): void => {
      useTrigger("registration_open", ({ kind }) => seen.push(`one ${kind}`));
      useTrigger(["registration_close", "event_start"], ({ kind }) => seen.push(`list ${kind}`));
    };
    await page.showBelow({ scheduler }, createElement(Using, { use }));
    await page.showBelow({ scheduler }, createElement(Using, { use }));
    expect(register).toHaveBeenCalledTimes(2);
    await fire(OPENS);
    await fire(CLOSES);
    expect(seen).toEqual(["one registration_open", "list registration_close"]);
  });

  it("calls the handler of the last render without registering anew", async () => {
    const { scheduler, fire } = withEvent();
    const register = vi.spyOn(scheduler, "onTrigger");
    const seen: number[] = [];
    let count = (): void => undefined;
    const use = (): number => {
      const [renders, setRenders] = useState(1);
      count = () => setRenders((before) => before + 1);
      useTrigger(() => seen.push(renders));
      return renders;
    };
    await page.showBelow({ scheduler }, createElement(Using, { use }));
    await act(async () => count());
    await act(async () => count());
    await fire(OPENS);
    expect(seen).toEqual([3]);
    expect(register).toHaveBeenCalledTimes(1);
  });

  it("can be without a handler for a while", async () => {
    const { scheduler, fire } = withEvent();
    const handler = vi.fn<TriggerHandler>();
    const show = (current: TriggerHandler | false | undefined | null): Promise<void> =>
      page.showBelow({ scheduler }, createElement(Using, { use: () => useTrigger("registration_close", current) }));
    for (const none of [undefined, null, false] as const) {
      await show(none);
      expect(handlersOf(scheduler)).toBe(0);
    }
    await fire(OPENS);
    await show(handler);
    expect(handlersOf(scheduler)).toBe(1);
    await fire(CLOSES);
    expect(handler).toHaveBeenCalledOnce();
    await show(false);
    expect(handlersOf(scheduler)).toBe(0);
    await page.showBelow({ scheduler }, createElement(Using, { use: () => useTrigger(undefined) }));
    expect(handlersOf(scheduler)).toBe(0);
  });

  it("passes a failure on, so that the handler is called again", async () => {
    const { scheduler, clock } = makeScheduler({ retry: { baseMs: 1 } });
    scheduler.addEvent(conference("a"));
    scheduler.start();
    const attempts: number[] = [];
    const use = (): void =>
      useTrigger(async ({ attempt }) => {
        attempts.push(attempt);
        if (attempt === 1) {
          throw new Error("not yet");
        }
      });
    await page.showBelow({ scheduler }, createElement(Using, { use }));
    await fire(scheduler, clock, OPENS);
    await fire(scheduler, clock, "2026-06-02T12:00:01Z");
    expect(attempts).toEqual([1, 2]);
    expect(scheduler.deadLetters()).toEqual([]);
  });

  it("goes over to another scheduler, and leaves the first as it was", async () => {
    const first = withEvent();
    const second = withEvent();
    const seen: string[] = [];
    const use = (): void => useTrigger(({ cause }) => seen.push(cause));
    await page.showBelow({ scheduler: first.scheduler }, createElement(Using, { use }));
    await page.showBelow({ scheduler: second.scheduler }, createElement(Using, { use }));
    expect([handlersOf(first.scheduler), handlersOf(second.scheduler)]).toEqual([0, 1]);
    await first.fire(OPENS);
    expect(seen).toEqual([]);
    await second.fire(OPENS);
    expect(seen).toEqual(["on_time"]);
  });

  it("waits for a scheduler that is still being made, and is there before that starts", async () => {
    const events: string[] = [];
    let made: ClientEventScheduler | null = null;
    const use = (): void => {
      const scheduler = useScheduler();
      if (scheduler !== null && made === null) {
        made = scheduler;
        const { onTrigger, start } = scheduler;
        scheduler.onTrigger = ((...args: Parameters<typeof onTrigger>) => {
          events.push("registered");
          return onTrigger.apply(scheduler, args);
        }) as typeof onTrigger;
        scheduler.start = () => {
          events.push("started");
          start.apply(scheduler);
        };
      }
      useTrigger((_delivery: TriggerDelivery) => undefined);
    };
    await page.showBelow({ options: { logger: false } }, createElement(Using, { use }));
    await eventually(async () => {
      await settled();
      expect(made?.status().running).toBe(true);
    });
    expect(events).toEqual(["registered", "started"]);
    await page.show(null);
    await eventually(() => expect(made?.disposed).toBe(true));
  });

  it("leaves a default scheduler stopped that was stopped before the provider could start it", async () => {
    let made: ClientEventScheduler | null = null;
    const use = (): void => {
      made = useScheduler() ?? made;
      useEffect(() => {
        addEventToScheduler(conference("a"));
        stopScheduler();
      }, []);
    };
    await page.showBelow({ options: { logger: false } }, createElement(Using, { use }));
    await eventually(async () => {
      await settled();
      expect(made?.status()).toMatchObject({ running: false, eventsTracked: 1 });
    });
    await page.show(null);
    await eventually(() => expect(made?.disposed).toBe(true));
  });

  it("is not called for what fires before its component is there, or after it has gone", async () => {
    const { scheduler, fire } = withEvent();
    const handler = vi.fn<TriggerHandler>();
    await fire(OPENS);
    const tree = createElement(Using, { use: () => useTrigger(handler) });
    await page.showBelow({ scheduler }, createElement(Suspense, { fallback: null }, tree));
    await page.showBelow({ scheduler }, null);
    await fire(CLOSES);
    expect(handler).not.toHaveBeenCalled();
    expect(scheduler.status().deliveriesInFlight).toBe(0);
  });
});
