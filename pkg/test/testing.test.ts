import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TriggerDelivery } from "../src/index.js";
import {
  createTestScheduler,
  type Duration,
  TestClock,
  type TestScheduler,
  type TestSchedulerOptions,
} from "../src/testing/index.js";
import * as glue from "../wasm/client_event_scheduler.js";
import { Random, SEED } from "./support/random.js";
import { afterTest, conference, NOON, RecordingLogger } from "./support/schedulers.js";

async function make(options: TestSchedulerOptions = {}): Promise<TestScheduler> {
  const test = await createTestScheduler({ now: NOON, events: [conference("a")], ...options });
  afterTest(() => test.dispose());
  return test;
}

const shown = ({ eventId, kind, latenessMs, cause, attempt }: TriggerDelivery): string =>
  `${eventId} ${kind} ${cause} ${latenessMs} #${attempt}`;
const seconds = (test: TestScheduler): number[] =>
  test.deliveries.map(({ firedAt }) => (firedAt - (test.deliveries[0]?.firedAt ?? 0)) / 1000);

describe("advancing", () => {
  it("fires everything that is due, in order, at its instant", async () => {
    const test = await make({ events: [conference("b"), conference("a")] });
    await test.advance("23 h");
    expect(test.deliveries).toEqual([]);
    await test.advance("1 h");
    expect(test.deliveries.map(shown)).toEqual([
      "a registration_open on_time 0 #1",
      "b registration_open on_time 0 #1",
    ]);
    expect(test.statusChanges.map(({ to }) => to.sub_status)).toEqual(["registration_open", "registration_open"]);
    await test.advanceTo("2027-01-01T00:00:00Z");
    expect(test.deliveries).toHaveLength(12);
    expect(new Set(test.deliveries.map(({ latenessMs }) => latenessMs))).toEqual(new Set([0]));
    expect(test.scheduler.status()).toMatchObject({ running: true, triggersQueued: 0, missed: { detected: 0 } });
    expect(test.clock.now()).toBe(Date.parse("2027-01-01T00:00:00Z"));
  });

  it(`fires what the scheduler itself foresees, whatever the events and the steps (CES_SEED=${SEED})`, async () => {
    const random = new Random(SEED);
    const dates = ["registration_start_date", "registration_end_date", "start_datetime", "end_datetime"];
    const events = Array.from({ length: 30 }, (_, i) => {
      let at = Date.parse(NOON);
      const fields = dates.map((name) => {
        at += 1 + random.below(random.pick([5, 60_000, 10 * 86_400_000]));
        return [name, at];
      });
      return { event_id: `e${i}`, ...Object.fromEntries(fields) };
    });
    const test = await make({ events });
    const end = Date.parse(NOON) + 30 * 86_400_000;
    const { triggers } = await test.scheduler.simulate({ until: end });
    expect(triggers.length).toBeGreaterThan(60);
    while (test.clock.now() < end) {
      await test.advanceTo(Math.min(end, test.clock.now() + random.below(random.pick([10, 100_000, 86_400_000]))));
    }
    expect(test.deliveries.map(({ triggerId }) => triggerId)).toEqual(triggers.map(({ triggerId }) => triggerId));
    expect(test.deliveries.every(({ firedAt, scheduledAt }) => firedAt === scheduledAt)).toBe(true);
  });

  it("fires what is due now already, and nothing twice", async () => {
    const test = await make();
    test.clock.set("2026-06-02T12:00:00Z");
    await test.advance(0);
    await test.advance(0);
    expect(test.deliveries.map(shown)).toEqual(["a registration_open on_time 0 #1"]);
  });

  it("waits for handlers before time goes on", async () => {
    const test = await make();
    const log: string[] = [];
    test.scheduler.onTrigger(async ({ kind }) => {
      log.push(`${kind} begins at ${new Date(test.clock.now()).toISOString()}`);
      await new Promise((resolve) => setTimeout(resolve, 3));
      log.push(`ends at ${new Date(test.clock.now()).toISOString()}`);
    });
    await test.advance("2 d");
    expect(log).toEqual([
      "registration_open begins at 2026-06-02T12:00:00.000Z",
      "ends at 2026-06-02T12:00:00.000Z",
      "registration_close begins at 2026-06-03T12:00:00.000Z",
      "ends at 2026-06-03T12:00:00.000Z",
    ]);
    expect(test.scheduler.status().deliveriesInFlight).toBe(0);
  });

  it("makes every retry at its instant, until there is a dead letter", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const test = await make({ retry: { maxAttempts: 4, baseMs: 40_000 } });
    test.scheduler.onTrigger("registration_open", async () => {
      throw new Error("the mail server is down");
    });
    await test.advance("2 d");
    const opened = test.deliveries.filter(({ kind }) => kind === "registration_open");
    expect(opened.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
    const [dead] = test.scheduler.deadLetters();
    expect(dead).toMatchObject({ attempts: 4, reason: "the mail server is down" });
    // Half of 40, 80 and 160 s.
    expect(Number(dead?.diedAt) - Number(dead?.firedAt)).toBe(140_000);
  });

  it("lets the time of a handler run out that never answers", async () => {
    const test = await make({ patienceMs: 0, retry: { maxAttempts: 1, answerTimeoutMs: 25_000 } });
    test.scheduler.onTrigger("registration_open", () => new Promise(() => undefined));
    await test.advance("2 d");
    const [dead] = test.scheduler.deadLetters();
    expect(dead).toMatchObject({ reason: "no answer" });
    expect(Number(dead?.diedAt) - Number(dead?.firedAt)).toBe(25_000);
  });

  it("takes in what a handler adds, removes and moves on the way", async () => {
    const test = await make();
    test.scheduler.onTrigger("registration_open", ({ eventId }) => {
      if (eventId === "a") {
        test.scheduler.removeEvent("a");
        test.scheduler.addEvent(conference("b", { registration_start_date: "2026-06-02T13:00:00Z" }));
      }
    });
    await test.advance("30 h");
    expect(test.deliveries.map(shown)).toEqual([
      "a registration_open on_time 0 #1",
      "b registration_open on_time 0 #1",
    ]);
  });

  it("goes by ticks alone where the scheduler does", async () => {
    const test = await make({ precision: "tick", tickMs: 7000 });
    await test.advance("2 d");
    expect(test.deliveries[0]?.latenessMs).toBeGreaterThan(0);
    expect(test.deliveries[0]?.latenessMs).toBeLessThan(7000);
  });

  it("fires nothing while the scheduler is paused or stopped", async () => {
    const test = await make();
    test.scheduler.pause("for a test");
    await test.advance("36 h");
    expect(test.deliveries).toEqual([]);
    test.scheduler.resume();
    await test.advance("1 s");
    expect(test.deliveries.map(({ cause }) => cause)).toEqual(["recovered"]);
    test.scheduler.stop();
    await test.advance("36 h");
    expect(test.deliveries).toHaveLength(1);
  });

  it("stops where the scheduler is disposed on the way", async () => {
    const test = await make();
    test.scheduler.onTrigger(() => test.scheduler.dispose());
    await test.advance("3 d");
    expect(test.deliveries).toHaveLength(1);
    await test.settle();
    await test.sleep("1 h");
  });
});

describe("sleeping", () => {
  it("misses what was due, and recovers it in order, 100 ms apart", async () => {
    const test = await make({ maxDowntimeHours: 96 });
    await test.sleep("3.5 d");
    expect(test.deliveries.map(({ kind, cause, superseded }) => `${kind} ${cause} ${superseded}`)).toEqual([
      "registration_open recovered true",
      "registration_close recovered true",
      "event_start recovered false",
    ]);
    expect(seconds(test)).toEqual([0, 0.1, 0.2]);
    expect(test.clock.now()).toBe(Date.parse(NOON) + 3.5 * 86_400_000 + 200);
    expect(test.scheduler.status().missed).toMatchObject({ detected: 3, delivered: 3, waiting: 0 });
  });

  it("keeps the pace that was set, and a handler's failure out of it", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const test = await make({ maxDowntimeHours: 96, recoveryDelayMs: 15_000 });
    test.scheduler.onTrigger("registration_open", ({ attempt }) => {
      if (attempt === 1) {
        throw new Error("once");
      }
    });
    await test.sleep("3.5 d");
    expect(test.deliveries.map(({ kind, attempt }) => `${kind} #${attempt}`)).toEqual([
      "registration_open #1",
      "registration_open #2",
      "registration_close #1",
      "event_start #1",
    ]);
    expect(test.clock.now()).toBe(Date.parse(NOON) + 3.5 * 86_400_000 + 30_000);
  });

  it("loses what is older than the window", async () => {
    const test = await make();
    await test.sleep("2.5 d");
    expect(test.scheduler.status().missed).toMatchObject({ detected: 2, expired: 1, delivered: 1 });
  });
});

describe("a test scheduler", () => {
  const timers = ["setTimeout", "setInterval", "setImmediate"] as const;

  afterEach(() => {
    vi.useRealTimers();
  });

  it("needs no real timer, and arms none", async () => {
    const armed = timers.map((name) => vi.spyOn(globalThis, name));
    const test = await make();
    await test.advance("2 d");
    await test.sleep("2 d");
    expect(armed.flatMap(({ mock }) => mock.calls)).toEqual([]);
    expect(test.deliveries).toHaveLength(4);
  });

  it("works beside fake timers, and leaves none when it is disposed", async () => {
    vi.useFakeTimers();
    const test = await make();
    test.scheduler.onTrigger(async () => undefined);
    await test.advance("2 d");
    expect(test.deliveries).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
    test.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("arms none either when its core has failed and was built anew", async () => {
    vi.useFakeTimers();
    const test = await make();
    vi.spyOn(glue.ClientEventScheduler.prototype, "upsert_fields").mockImplementationOnce(() => {
      throw new WebAssembly.RuntimeError("unreachable");
    });
    expect(() => test.scheduler.addEvent(conference("b"))).toThrow("built anew");
    expect(test.scheduler.health()).toMatchObject({ rebuilds: 1, running: true });
    expect(vi.getTimerCount()).toBe(0);
    await test.advance("1 d");
    expect(test.deliveries).toHaveLength(1);
  });

  it("starts when the test says so, and not before", async () => {
    const test = await make({ start: false });
    expect(test.scheduler.status().running).toBe(false);
    test.scheduler.start();
    await test.advance("1 d");
    expect(test.deliveries).toHaveLength(1);
  });

  it("begins on the same day everywhere unless it is told when", async () => {
    const test = await make({ now: undefined, events: [] });
    expect(new Date(test.clock.now()).toISOString()).toBe("2026-01-01T00:00:00.000Z");
  });

  it("shares a clock with another one", async () => {
    const clock = new TestClock(NOON);
    const first = await make({ clock });
    const second = await make({ clock });
    await first.advance("1 d");
    await second.advance(0);
    expect([first.deliveries.length, second.deliveries.length]).toEqual([1, 1]);
  });

  it("refuses an invalid event, and says where log lines go", async () => {
    await expect(createTestScheduler({ events: [{ event_id: "" }] })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    const logger = new RecordingLogger();
    const test = await make({ logger });
    await test.advance("1 d");
    expect(logger.lines.join()).toContain("registration_open");
  });
});

describe("instants and durations", () => {
  let clock: TestClock;
  beforeEach(() => {
    clock = new TestClock(0);
  });

  it.each<[Duration, number]>([
    [5, 5],
    ["5 ms", 5],
    ["90 s", 90_000],
    ["2min", 120_000],
    ["2 h", 7_200_000],
    ["1.5 d", 129_600_000],
  ])("%s is %i ms", (duration, expected) => {
    clock.advance(duration);
    expect(clock.now()).toBe(expected);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "2 hours", "", "h"])("%s is no duration", (duration) => {
    expect(() => clock.advance(duration as Duration)).toThrow(RangeError);
    expect(clock.now()).toBe(0);
  });

  it.each([
    [new Date(7), 7],
    [7, 7],
    ["1970-01-01T00:00:00.007Z", 7],
    ["1970-01-01T05:30:00+05:30", 0],
  ])("%s is %i", (instant, expected) => {
    clock.set(instant);
    expect(clock.now()).toBe(expected);
  });

  it.each([Number.NaN, "2026-06-01", "2026-06-01T12:00:00", "soon", new Date("?")])("%s is no instant", (instant) => {
    expect(() => clock.set(instant)).toThrow(RangeError);
  });

  it("time does not go back by advancing", async () => {
    const test = await make();
    await expect(test.advanceTo("2026-01-01T00:00:00Z")).rejects.toThrow("it is 2026-06-01T12:00:00.000Z already");
  });

  it("a misspelt unit is a type error", () => {
    // @ts-expect-error: hours are "h"
    expect(() => clock.advance("2 hours")).toThrow("no duration");
  });
});
