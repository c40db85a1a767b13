import { describe, expect, it } from "vitest";
import {
  ApiMisuseError,
  type ClientEventScheduler,
  type EventInput,
  InvalidInputError,
  LimitExceededError,
  type SchedulerOptions,
} from "../src/index.js";
import { conference, makeScheduler, NOON, rejected, thrownBy } from "./support/schedulers.js";

const DAY = 86_400_000;
const noon = Date.parse(NOON);

/** What is wrong, as `field code`. */
const problems = (act: () => unknown): string[] => problemsOf(thrownBy(act));

function problemsOf(error: unknown): string[] {
  expect(error).toBeInstanceOf(InvalidInputError);
  return (error as InvalidInputError).problems.map(({ field, code }) => `${field} ${code}`);
}

/** A call with arguments that its types forbid. */
const unchecked = (scheduler: ClientEventScheduler): Record<string, (...values: unknown[]) => unknown> =>
  scheduler as unknown as Record<string, (...values: unknown[]) => unknown>;

describe("a pause", () => {
  it("holds everything back, says so, and ends from where it began", async () => {
    const { scheduler, clock } = makeScheduler({ maxDowntimeHours: 100, recoveryDelayMs: 0 });
    const heard: string[] = [];
    scheduler.onTrigger(({ kind, cause }) => heard.push(`${kind} ${cause}`));
    scheduler.addEvent(conference("a"));
    scheduler.start();
    scheduler.pause("maintenance");
    scheduler.pause("longer maintenance");
    clock.advance(2 * DAY);
    scheduler.tick();
    expect(heard).toEqual([]);
    expect(scheduler.getEventStatus("a")?.sub_status).toBe("registration_not_started");
    expect(scheduler.status().paused).toEqual({ since: noon, reason: "longer maintenance" });
    expect(scheduler.health()).toMatchObject({ state: "ok" });
    expect(scheduler.health().issues).toContainEqual({
      code: "PAUSED",
      severity: "info",
      message: `nothing fires since ${NOON} (longer maintenance): call resume() to go on`,
    });
    expect((await scheduler.explain("a")).triggers[0]?.state).toEqual({
      type: "paused",
      since: noon,
      reason: "longer maintenance",
    });
    scheduler.resume();
    expect(heard).toEqual(["registration_open recovered", "registration_close on_time"]);
    expect(scheduler.status().paused).toBeNull();
    scheduler.resume();
  });

  it("can end from now: states follow, and nothing is delivered", async () => {
    const { scheduler, clock } = makeScheduler();
    const heard: string[] = [];
    scheduler.onTrigger(({ kind }) => heard.push(kind));
    scheduler.addEvent(conference("a"));
    scheduler.start();
    scheduler.pause("maintenance");
    clock.advance(1.5 * DAY);
    scheduler.resume({ from: "now" });
    expect(heard).toEqual([]);
    expect(scheduler.getEventStatus("a")?.sub_status).toBe("registration_open");
    expect(scheduler.status().missed).toMatchObject({ detected: 1, skipped: 1 });
  });

  it("refuses what is no reason, and what is no place to go on from", async () => {
    const { scheduler } = makeScheduler();
    expect(problems(() => unchecked(scheduler).pause?.())).toEqual(["reason WRONG_TYPE"]);
    expect(problems(() => scheduler.pause("x".repeat(257)))).toEqual(["reason TEXT_TOO_LONG"]);
    expect(problems(() => unchecked(scheduler).resume?.({ from: "yesterday" }))).toEqual(["from SETTING_INVALID"]);
    expect(thrownBy(() => unchecked(scheduler).resume?.("now"))).toBeInstanceOf(ApiMisuseError);
    expect(scheduler.status().paused).toBeNull();
  });
});

describe("a backfill", () => {
  it("delivers what was due and was not delivered, and with `again` the rest too", async () => {
    const { scheduler, clock } = makeScheduler({ recoveryDelayMs: 0 });
    const heard: string[] = [];
    scheduler.onTrigger(({ kind, cause }) => heard.push(`${kind} ${cause}`));
    scheduler.addEvent(conference("a", { registration_start_date: "2026-05-01T12:00:00Z" }));
    scheduler.start();
    const range = { from: new Date("2026-05-01T00:00:00Z"), until: noon };
    expect(scheduler.backfill(range)).toBe(1);
    expect(scheduler.backfill(range)).toBe(0);
    expect(scheduler.backfill({ ...range, again: true })).toBe(1);
    expect(heard).toEqual(["registration_open backfill", "registration_open backfill"]);
    clock.advance(1);
    expect(scheduler.backfill({ from: noon, until: noon + 1 })).toBe(0);
  });

  it("refuses ranges that are none", async () => {
    const { scheduler } = makeScheduler();
    const backfill = (...values: unknown[]) => unchecked(scheduler).backfill?.(...values);
    expect(problems(() => backfill({ from: 0, until: noon + 1 }))).toEqual(["until RANGE_INVALID"]);
    expect(problems(() => backfill({ from: noon, until: noon }))).toEqual(["from RANGE_INVALID"]);
    expect(problems(() => backfill({ from: "2026-06-01", until: noon }))).toEqual(["from WRONG_TYPE"]);
    expect(problems(() => backfill({ from: 0, until: new Date("soon") }))).toEqual(["until DATE_OUT_OF_RANGE"]);
    expect(problems(() => backfill({ from: 0, until: Number.POSITIVE_INFINITY }))).toEqual(["until DATE_OUT_OF_RANGE"]);
    expect(problems(() => backfill({ from: 0 }))).toEqual(["until WRONG_TYPE"]);
    expect(problems(() => backfill({ from: 0, until: noon, again: 1 }))).toEqual(["again WRONG_TYPE"]);
    expect(thrownBy(() => backfill())).toBeInstanceOf(ApiMisuseError);
  });

  it("has a limit", async () => {
    const { scheduler } = makeScheduler();
    const event = (i: number): EventInput => ({
      ...conference(`event ${i}`),
      registration_start_date: "2026-05-01T12:00:00Z",
      registration_end_date: "2026-05-02T12:00:00Z",
    });
    await scheduler.initialize(Array.from({ length: 50_001 }, (_, i) => event(i)));
    const error = thrownBy(() => scheduler.backfill({ from: 0, until: noon }));
    expect(error).toBeInstanceOf(LimitExceededError);
    expect(error).toMatchObject({ limit: 100_000, actual: 100_002 });
  });
});

describe("explain", () => {
  it("says in a sentence and in data where an event and its triggers stand", async () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a", { revision: 3 }));
    const explanation = await scheduler.explain("a");
    expect(explanation).toMatchObject({
      id: "a",
      event: {
        status: { status: "upcoming", sub_status: "registration_not_started" },
        revision: 3,
        provisional: true,
        knownSince: noon,
      },
      clockErrorMs: 0,
    });
    expect(explanation.triggers.map(({ kind, state }) => `${kind} ${state.type}`)).toEqual([
      "registration_open queued",
      "registration_close queued",
      "event_start queued",
      "event_end queued",
      "certificate_start queued",
      "certificate_end queued",
    ]);
    expect(explanation.sentence).toContain("is due at 2026-06-02T12:00:00.000Z");
    expect(Object.isFrozen(explanation.triggers[0]?.state)).toBe(true);
    expect(explanation.event?.status).toBe(scheduler.getEventStatus("a"));
  });

  it.each<[string, object, (scheduler: ClientEventScheduler) => void, object]>([
    [
      "moved",
      {},
      (it) => it.updateEvent("a", conference("a", { start_datetime: "2026-06-04T13:00Z" })),
      { to: Date.parse("2026-06-04T13:00Z") },
    ],
    ["not_defined", { registration_start_date: null }, () => undefined, {}],
    ["draft", {}, (it) => it.updateEvent("a", conference("a", { start_datetime: null, end_datetime: null })), {}],
    ["gate_closed", {}, (it) => it.declineEvent("a"), { status: { status: "declined", sub_status: "declined" } }],
    ["removed", {}, (it) => it.removeEvent("a"), { at: noon }],
    ["unknown_event", {}, (it) => it.dispose, {}],
  ])("knows of a trigger that is %s", async (type, fields, act, data) => {
    const { scheduler } = makeScheduler();
    if (type !== "unknown_event") {
      scheduler.addEvent(conference("a", fields));
    }
    act(scheduler);
    const kind = type === "not_defined" ? "registration_open" : "event_start";
    const day = type === "not_defined" ? "02" : "04";
    const { state, sentence } = (await scheduler.explain(`a/${kind}@2026-06-${day}T12:00:00.000Z`)).triggers[0] ?? {};
    expect(state).toEqual({ type, ...data });
    expect(sentence).toMatch(/\.$/);
  });

  it("knows of one that was placed in the past, and of one that was delivered", async () => {
    const { scheduler, clock } = makeScheduler();
    scheduler.addEvent(conference("a", { registration_start_date: "2026-05-02T12:00:00Z" }));
    scheduler.start();
    clock.advance(2 * DAY);
    scheduler.tick();
    expect((await scheduler.explain("a")).triggers.slice(0, 2)).toMatchObject([
      { state: { type: "placed_in_past", knownSince: noon } },
      {
        state: {
          type: "settled",
          fate: "delivered",
          handedOut: { cause: "on_time", attempt: 1, at: noon + 2 * DAY },
          reason: null,
        },
      },
    ]);
  });

  it("explains what is unknown too, and refuses what is no id", async () => {
    const { scheduler } = makeScheduler();
    expect(await scheduler.explain("nobody")).toMatchObject({ event: null, triggers: [], decisions: [] });
    expect(problemsOf(await rejected(scheduler.explain("")))).toEqual(["id ID_REQUIRED"]);
    expect(problemsOf(await rejected(unchecked(scheduler).explain?.(7)))).toEqual(["id WRONG_TYPE"]);
    expect(problems(() => unchecked(scheduler).retry?.(null))).toEqual(["trigger_id ID_REQUIRED"]);
  });
});

describe("simulate", () => {
  it("says what would fire, with the events that are given, and changes nothing", async () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a"));
    scheduler.addEvent(conference("b"));
    const before = [scheduler.getAllEvents(), scheduler.version, scheduler.queue()];
    const simulation = await scheduler.simulate({
      until: new Date("2026-06-02T13:00:00Z"),
      events: [
        conference("b", { registration_start_date: new Date("2026-06-02T11:00:00Z") }),
        JSON.stringify(conference("c")),
      ],
    });
    expect(simulation.complete).toBe(true);
    expect(simulation.triggers.map(({ eventId, dueAt }) => `${eventId} ${new Date(dueAt).toISOString()}`)).toEqual([
      "b 2026-06-02T11:00:00.000Z",
      "a 2026-06-02T12:00:00.000Z",
      "c 2026-06-02T12:00:00.000Z",
    ]);
    expect(simulation.triggers[0]).toEqual({
      triggerId: "b/registration_open@2026-06-02T11:00:00.000Z",
      eventId: "b",
      kind: "registration_open",
      dueAt: Date.parse("2026-06-02T11:00:00Z"),
      before: { status: "upcoming", sub_status: "registration_not_started" },
      after: { status: "upcoming", sub_status: "registration_open" },
    });
    expect([scheduler.getAllEvents(), scheduler.version, scheduler.queue()]).toEqual(before);
    expect((await scheduler.simulate({ until: noon })).triggers).toEqual([]);
  });

  it("says when that is not all", async () => {
    const { scheduler } = makeScheduler();
    await scheduler.initialize(Array.from({ length: 2000 }, (_, i) => conference(`event ${i}`)));
    const simulation = await scheduler.simulate({ until: noon + 30 * DAY });
    expect(simulation).toMatchObject({ complete: false });
    expect(simulation.triggers).toHaveLength(10_000);
  });

  it("refuses invalid events by name, and arguments that are none", async () => {
    const { scheduler } = makeScheduler();
    const simulate = (...values: unknown[]) => unchecked(scheduler).simulate?.(...values);
    const until = noon + DAY;
    const bad = conference("bad", { start_datetime: "soon", revision: -1 });
    for (const event of [bad, JSON.stringify(bad)]) {
      const error = await rejected(scheduler.simulate({ until, events: [conference("good"), event] }));
      expect(error).toBeInstanceOf(InvalidInputError);
      expect(error).toMatchObject({
        eventId: "bad",
        problems: [
          { field: "start_datetime", code: "DATE_MALFORMED" },
          { field: "revision", code: "REVISION_INVALID" },
        ],
      });
    }
    for (const [place, nothing] of ["", "[", "{}\0{}", null, 7, () => 1].entries()) {
      const events = [...Array.from({ length: place }, (_, i) => conference(`good ${i}`)), nothing];
      expect(await rejected(simulate({ until, events }))).toMatchObject({ eventId: `#${place}` });
    }
    expect(problemsOf(await rejected(simulate({})))).toEqual(["until WRONG_TYPE"]);
    expect(await rejected(simulate())).toBeInstanceOf(ApiMisuseError);
    expect(await rejected(simulate({ until, events: "[]" }))).toBeInstanceOf(ApiMisuseError);
  });
});

describe("history", () => {
  it("lists decisions, newest first, about one event or all", () => {
    const { scheduler, clock } = makeScheduler();
    scheduler.addEvent(conference("a"));
    scheduler.addEvent(conference("b"));
    scheduler.start();
    clock.advance(DAY);
    scheduler.tick();
    scheduler.removeEvent("a");
    expect(scheduler.history().map(({ type, eventId }) => `${type} ${eventId}`)).toEqual([
      "unqueued a",
      "handed_out b",
      "handed_out a",
    ]);
    expect(scheduler.history({ limit: 1, eventId: "a" })).toMatchObject([
      { type: "unqueued", number: 3, at: noon + DAY, reason: "removed", triggers: { length: 5 } },
    ]);
    expect(scheduler.history({ eventId: "b" })).toEqual([
      {
        number: 2,
        at: noon + DAY,
        eventId: "b",
        type: "handed_out",
        triggerId: "b/registration_open@2026-06-02T12:00:00.000Z",
        kind: "registration_open",
        dueAt: noon + DAY,
        cause: "on_time",
        attempt: 1,
      },
    ]);
    expect(thrownBy(() => scheduler.history({ limit: -1 }))).toBeInstanceOf(ApiMisuseError);
    expect(problems(() => scheduler.history({ eventId: "" }))).toEqual(["event_id ID_REQUIRED"]);
  });
});

describe("settings of deliveries", () => {
  it.each<[string, SchedulerOptions]>([
    ["recoveryDelayMs", { recoveryDelayMs: 60_001 }],
    ["retry.maxAttempts", { retry: { maxAttempts: 0 } }],
    ["retry.baseMs", { retry: { baseMs: -1 } }],
    ["retry.maxMs", { retry: { maxMs: 1e9 } }],
    ["retry.answerTimeoutMs", { retry: { answerTimeoutMs: 0 } }],
    ["retry.answerTimeoutMs", { retry: { answerTimeoutMs: "1 s" as unknown as number } }],
    ["retry", { retry: 3 as unknown as object }],
    ["missedPolicy", { missedPolicy: "some" as "all" }],
    ["missedPolicy", { missedPolicy: 1 as unknown as "all" }],
    ["missedPolicy", { missedPolicy: { event_start: "some" as "all" } }],
    ["missedPolicy", { missedPolicy: { beginning: "all" } as object }],
  ])("%s is checked by name", (field, options) => {
    expect(problems(() => makeScheduler(options))).toEqual([`${field} SETTING_INVALID`]);
  });

  it("may be left out one by one", () => {
    makeScheduler({ retry: { maxAttempts: undefined }, missedPolicy: undefined, recoveryDelayMs: undefined });
  });
});

it("says that a scheduler was disposed, whatever is called", async () => {
  const { scheduler } = makeScheduler();
  scheduler.dispose();
  const calls = [
    () => scheduler.onTrigger(() => undefined),
    () => scheduler.pause("x"),
    () => scheduler.resume(),
    () => scheduler.backfill({ from: 0, until: 1 }),
    () => scheduler.retry("x"),
    () => scheduler.deadLetters(),
    () => scheduler.history(),
  ];
  for (const call of calls) {
    expect(thrownBy(call)).toMatchObject({ name: "ApiMisuseError", code: "DISPOSED" });
  }
  for (const asked of [scheduler.explain("x"), scheduler.simulate({ until: 1 }), scheduler.detectConflicts()]) {
    expect(await rejected(asked)).toMatchObject({ name: "ApiMisuseError", code: "DISPOSED" });
  }
});

describe("detectConflicts", () => {
  it("finds events at one venue, whether they came as objects, as text or in a load", async () => {
    const { scheduler } = makeScheduler();
    const at = (eventId: string, venue: unknown, start: string, end: string) => ({
      event_id: eventId,
      venue,
      start_datetime: `2026-06-03T${start}:00Z`,
      end_datetime: `2026-06-03T${end}:00Z`,
    });
    const loaded = [at("loaded", "Town Hall", "10:00", "12:00"), at("elsewhere", "Barn", "10:00", "18:00")];
    await scheduler.initialize(new TextEncoder().encode(JSON.stringify(loaded)));
    scheduler.addEvent(at("object", " town  HALL", "11:00", "14:00"));
    scheduler.addEvent(JSON.stringify(at("text", "Town Hall", "13:00", "15:00")));
    scheduler.addEvent(at("without", 7, "10:00", "18:00"));
    const { pairs, total } = await scheduler.detectConflicts();
    expect(pairs.map(({ first, second }) => `${first} ${second}`)).toEqual(["loaded object", "object text"]);
    expect(pairs[0]).toEqual({
      venue: "Town Hall",
      first: "loaded",
      second: "object",
      from: Date.parse("2026-06-03T11:00:00Z"),
      until: Date.parse("2026-06-03T12:00:00Z"),
    });
    expect(total).toBe(2);
    expect(await scheduler.detectConflicts({ limit: 1 })).toMatchObject({ pairs: [{ second: "object" }], total: 2 });
    expect(await rejected(scheduler.detectConflicts({ limit: -1 }))).toBeInstanceOf(ApiMisuseError);
  });
});
