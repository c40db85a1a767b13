import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  ApiMisuseError,
  LimitExceededError,
  type SchedulerOptions,
  type TriggerDelivery,
  type TriggerHandler,
  type TriggerKind,
} from "../src/index.js";
import * as glue from "../wasm/client_event_scheduler.js";
import { conference, makeScheduler, RecordingLogger, thrownBy } from "./support/schedulers.js";

const OPENS = "2026-06-02T12:00:00.000Z";
const OPEN_ID = `a/registration_open@${OPENS}`;

// The waits before another attempt are half of the longest: by the scheduler's clock, which only the tests move.
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Lets promises settle. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A started scheduler with the event `a`, whose registration opens when `open` is called. */
function beforeOpening(options: SchedulerOptions = {}) {
  const logger = new RecordingLogger();
  const { scheduler, clock } = makeScheduler({ logger, ...options });
  scheduler.addEvent(conference("a"));
  scheduler.start();
  const open = (): void => {
    clock.moveTo(OPENS);
    scheduler.tick();
  };
  /** Time passes, and what waits for another attempt gets it. */
  const later = (ms = 1000): void => {
    clock.advance(ms);
    scheduler.tick();
  };
  return { scheduler, clock, logger, open, later };
}

describe("onTrigger", () => {
  it("hands over everything there is to know, and settles what its handler takes", () => {
    const { scheduler, open } = beforeOpening();
    scheduler.updateEvent("a", conference("a", { revision: 7 }));
    const seen: TriggerDelivery[] = [];
    scheduler.onTrigger((delivery) => seen.push(delivery));
    open();
    expect(seen).toEqual([
      {
        triggerId: OPEN_ID,
        eventId: "a",
        kind: "registration_open",
        scheduledAt: Date.parse(OPENS),
        firedAt: Date.parse(OPENS),
        latenessMs: 0,
        cause: "on_time",
        superseded: false,
        before: { status: "upcoming", sub_status: "registration_not_started" },
        after: { status: "upcoming", sub_status: "registration_open" },
        revision: 7,
        sequence: 1,
        attempt: 1,
      },
    ]);
    expect(scheduler.status()).toMatchObject({ deliveriesInFlight: 0, triggersFired: 1 });
    expect(scheduler.history({ eventId: "a" })[0]).toMatchObject({ type: "settled", fate: "delivered" });
  });

  it("calls a handler for its kinds alone, and not after it has been ended", () => {
    const { scheduler, clock } = beforeOpening();
    const heard: string[] = [];
    const listen = (name: string, kinds: TriggerKind | TriggerKind[]) =>
      scheduler.onTrigger(kinds, ({ kind }) => heard.push(`${name} ${kind}`));
    const end = listen("one", "registration_open");
    listen("two", ["registration_close", "event_start"]);
    for (const day of ["02", "03", "04", "05"]) {
      clock.moveTo(`2026-06-${day}T12:00:00Z`);
      scheduler.tick();
      end();
      end();
    }
    expect(heard).toEqual(["one registration_open", "two registration_close", "two event_start"]);
    expect(scheduler.status().deliveriesInFlight).toBe(0);
  });

  it("tells of the new status before it calls handlers", () => {
    const { scheduler, open } = beforeOpening();
    const order: string[] = [];
    scheduler.onTrigger(() => order.push(`trigger ${scheduler.getEventStatus("a")?.sub_status}`));
    scheduler.onStatusChange(({ to }) => order.push(`status ${to.sub_status}`));
    open();
    expect(order).toEqual(["status registration_open", "trigger registration_open"]);
  });

  it("waits for promises, of whatever make", async () => {
    const { scheduler, open } = beforeOpening();
    let finish: () => void = () => undefined;
    scheduler.onTrigger(() => new Promise<void>((resolve) => (finish = resolve)));
    scheduler.onTrigger(() => ({
      // biome-ignore lint/suspicious/noThenProperty: not every promise is one of the language
      then: (fulfil: (value: string) => void) => fulfil("done"),
    }));
    open();
    await settled();
    expect(scheduler.status().deliveriesInFlight).toBe(1);
    expect((await scheduler.explain(OPEN_ID)).triggers[0]?.state).toEqual({ type: "in_flight", attempt: 1 });
    finish();
    await settled();
    expect(scheduler.status().deliveriesInFlight).toBe(0);
  });

  it.each<[string, TriggerHandler, string]>([
    [
      "throws",
      () => {
        throw new Error("the mail server is away");
      },
      "the mail server is away",
    ],
    ["rejects", () => Promise.reject(new TypeError("no route")), "no route"],
    ["throws a text", () => Promise.reject("just a text"), "just a text"],
    ["throws what cannot be shown", () => Promise.reject(Object.create(null)), "cannot be shown"],
  ])("calls a handler again that %s, and makes a dead letter of it in the end", async (_, handler, reason) => {
    const { scheduler, logger, open, later } = beforeOpening();
    const attempts: number[] = [];
    const other: number[] = [];
    scheduler.onTrigger((delivery) => {
      attempts.push(delivery.attempt);
      return handler(delivery);
    });
    scheduler.onTrigger(({ attempt }) => other.push(attempt));
    open();
    await settled();
    expect(logger.lines.join()).toContain(`a handler of ${OPEN_ID} failed at attempt 1`);
    expect((await scheduler.explain(OPEN_ID)).triggers[0]?.state).toMatchObject({ type: "retrying", attempts: 1 });
    for (let i = 0; i < 5; i += 1) {
      later();
      await settled();
    }
    expect(attempts).toEqual([1, 2, 3]);
    expect(other).toEqual([1, 2, 3]);
    const [letter] = scheduler.deadLetters();
    expect(letter).toMatchObject({ triggerId: OPEN_ID, eventId: "a", attempts: 3, scheduledAt: Date.parse(OPENS) });
    expect(letter?.reason).toContain(reason);
    expect(Object.isFrozen(letter)).toBe(true);
    expect(scheduler.health().issues).toContainEqual(
      expect.objectContaining({
        code: "DEAD_LETTERS",
        severity: "warning",
        message: expect.stringContaining("retry()"),
      }),
    );
    expect(logger.lines.join()).toContain(`${OPEN_ID} will not be delivered: dead_letter`);
  });

  it("does not call anybody again before everybody is done", async () => {
    const { scheduler, open, later } = beforeOpening();
    const slow: (() => void)[] = [];
    scheduler.onTrigger(() => Promise.reject(new Error("at once")));
    scheduler.onTrigger(() => new Promise<void>((resolve) => slow.push(resolve)));
    open();
    await settled();
    later();
    expect(slow).toHaveLength(1);
    slow[0]?.();
    await settled();
    later();
    expect(slow).toHaveLength(2);
  });

  it("gives up who does not answer in time, and takes a late answer all the same", async () => {
    const { scheduler, open, later } = beforeOpening({ retry: { baseMs: 0, answerTimeoutMs: 5000, maxAttempts: 2 } });
    const answers: (() => void)[] = [];
    scheduler.onTrigger(() => new Promise<void>((resolve) => answers.push(resolve)));
    open();
    later(5000);
    expect(answers).toHaveLength(2);
    later(5000);
    later(5000);
    expect(answers).toHaveLength(2);
    expect(scheduler.deadLetters()).toMatchObject([{ triggerId: OPEN_ID, attempts: 2, reason: "no answer" }]);
    answers[0]?.();
    await settled();
    expect(scheduler.deadLetters()).toEqual([]);
  });

  it("delivers a dead letter again on request, with another set of attempts", async () => {
    const { scheduler, open } = beforeOpening({ retry: { maxAttempts: 1 } });
    let broken = true;
    const attempts: number[] = [];
    scheduler.onTrigger(({ attempt }) => {
      attempts.push(attempt);
      if (broken) {
        throw new Error("broken");
      }
    });
    open();
    expect(scheduler.retry(OPEN_ID)).toBe(true);
    broken = false;
    expect(scheduler.deadLetters()).toHaveLength(1);
    expect(scheduler.retry(OPEN_ID)).toBe(true);
    expect(attempts).toEqual([1, 2, 3]);
    expect(scheduler.deadLetters()).toEqual([]);
    expect(scheduler.retry(OPEN_ID)).toBe(false);
    expect(scheduler.retry("no such trigger")).toBe(false);
  });

  it("delivers what was missed in order, apart, and says how late it is", async () => {
    const { scheduler, clock } = makeScheduler({ recoveryDelayMs: 1000, maxDowntimeHours: 100 });
    scheduler.addEvent(conference("a"));
    const heard: string[] = [];
    scheduler.onTrigger(({ kind, cause, superseded, latenessMs }) =>
      heard.push(`${kind} ${cause} ${superseded} ${latenessMs / 3_600_000}`),
    );
    scheduler.start();
    clock.moveTo("2026-06-03T14:00:00Z");
    scheduler.tick();
    expect(heard).toEqual(["registration_open recovered true 26"]);
    expect(scheduler.status()).toMatchObject({
      deliveriesWaiting: 1,
      missed: { detected: 2, delivered: 1, waiting: 1 },
    });
    expect((await scheduler.explain("a/registration_close@2026-06-03T12:00:00.000Z")).triggers[0]?.state).toEqual({
      type: "waiting",
      position: 0,
      cause: "recovered",
      acting: true,
    });
    clock.advance(1000);
    scheduler.tick();
    expect(heard).toHaveLength(2);
  });

  it("leaves out what the policy for missed triggers leaves out, and says so", async () => {
    const logger = new RecordingLogger();
    const { scheduler, clock } = makeScheduler({
      logger,
      missedPolicy: { registration_open: "skip", event_end: undefined },
      maxDowntimeHours: 100,
    });
    scheduler.addEvent(conference("a"));
    const heard: string[] = [];
    scheduler.onTrigger(({ kind }) => heard.push(kind));
    scheduler.start();
    clock.moveTo("2026-06-03T14:00:00Z");
    scheduler.tick();
    expect(heard).toEqual(["registration_close"]);
    expect(scheduler.status().missed).toMatchObject({ detected: 2, skipped: 1, delivered: 1 });
    expect(logger.lines.join()).toContain(`${OPEN_ID} will not be delivered: skipped`);
    expect((await scheduler.explain(OPEN_ID)).triggers[0]?.state).toMatchObject({ type: "settled", fate: "skipped" });
  });

  it("is called by the core's own timers", async () => {
    const { scheduler, clock } = makeScheduler();
    const fired = new Promise<TriggerDelivery>((resolve) => scheduler.onTrigger(resolve));
    scheduler.start();
    scheduler.addEvent(conference("a", { registration_start_date: "2026-06-01T12:00:00.020Z" }));
    clock.moveTo("2026-06-01T12:00:00.030Z");
    expect((await fired).kind).toBe("registration_open");
    await settled();
    expect(scheduler.status().deliveriesInFlight).toBe(0);
  });
});

describe("a trigger handler that calls back", () => {
  it("can add, move and remove events, and register others", () => {
    const { scheduler, open } = beforeOpening();
    scheduler.addEvent(conference("b"));
    const heard: string[] = [];
    scheduler.onTrigger(({ eventId }) => {
      heard.push(eventId);
      if (eventId === "a") {
        scheduler.removeEvent("b");
        scheduler.addEvent(conference("c"));
        scheduler.updateEvent("a", conference("a", { registration_start_date: "2026-06-02T13:00:00Z" }));
        scheduler.onTrigger(() => heard.push("another"));
      }
    });
    open();
    expect(heard).toEqual(["a", "b", "another"]);
    expect(scheduler.status()).toMatchObject({ deliveriesInFlight: 0, eventsTracked: 2 });
  });

  it("can end another handler, which is not called any more", () => {
    const { scheduler, open } = beforeOpening();
    const heard: string[] = [];
    scheduler.onTrigger(() => {
      heard.push("first");
      end();
    });
    const end = scheduler.onTrigger(() => heard.push("second"));
    open();
    expect(heard).toEqual(["first"]);
  });

  it("can tick, pause, resume and retry", () => {
    const { scheduler, open } = beforeOpening();
    let calls = 0;
    scheduler.onTrigger(({ triggerId }) => {
      calls += 1;
      scheduler.tick();
      scheduler.pause("inside");
      scheduler.resume();
      expect(scheduler.retry(triggerId)).toBe(false);
    });
    open();
    expect(calls).toBe(1);
    expect(scheduler.status()).toMatchObject({ paused: null, deliveriesInFlight: 0 });
  });

  it("can dispose, after which no handler is called and no answer taken", async () => {
    const { scheduler, logger, open } = beforeOpening();
    scheduler.addEvent(conference("b"));
    const heard: string[] = [];
    scheduler.onTrigger(async ({ eventId }) => {
      heard.push(eventId);
      scheduler.dispose();
      await settled();
      throw new Error("too late");
    });
    const end = scheduler.onTrigger(() => heard.push("another"));
    open();
    await settled();
    await settled();
    end();
    expect(heard).toEqual(["a"]);
    expect(logger.lines.filter((line) => line.startsWith("error"))).toEqual([]);
    expect(thrownBy(() => scheduler.onTrigger(() => undefined))).toMatchObject({ code: "DISPOSED" });
  });

  it("that loses the core in its answer is told of in the log", () => {
    const { scheduler, logger, open } = beforeOpening();
    scheduler.onTrigger(() => undefined);
    vi.spyOn(glue.ClientEventScheduler.prototype, "acknowledge").mockImplementationOnce(() => {
      throw new WebAssembly.RuntimeError("unreachable");
    });
    open();
    expect(logger.lines.join()).toContain(`the answer to ${OPEN_ID} was lost`);
    expect(scheduler.health().rebuilds).toBe(1);
  });
});

describe("what onTrigger is given", () => {
  it.each([
    ["no function", () => makeScheduler().scheduler.onTrigger("event_start", 7 as unknown as TriggerHandler)],
    ["nothing", () => makeScheduler().scheduler.onTrigger(undefined as unknown as TriggerHandler)],
    ["no kinds", () => makeScheduler().scheduler.onTrigger([], () => undefined)],
    ["an unknown kind", () => makeScheduler().scheduler.onTrigger("opening" as TriggerKind, () => undefined)],
    ["no list", () => makeScheduler().scheduler.onTrigger({} as TriggerKind[], () => undefined)],
  ])("%s is a misuse", (_, call) => {
    const error = thrownBy(call);
    expect(error).toBeInstanceOf(ApiMisuseError);
    expect(error).toMatchObject({ code: "WRONG_ARGUMENT" });
  });

  it("counts among the thousand handlers, and gives its place back", () => {
    const { scheduler } = makeScheduler();
    const endings = Array.from({ length: 1000 }, () => scheduler.onTrigger(() => undefined));
    expect(thrownBy(() => scheduler.onTrigger(() => undefined))).toBeInstanceOf(LimitExceededError);
    endings[0]?.();
    endings[0]?.();
    scheduler.onTrigger(() => undefined);
    expect(thrownBy(() => scheduler.onTrigger(() => undefined))).toBeInstanceOf(LimitExceededError);
  });
});
