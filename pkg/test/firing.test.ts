import { describe, expect, it } from "vitest";
import type { EventStatusChange } from "../src/index.js";
import { conference, makeScheduler, RecordingLogger } from "./support/schedulers.js";

const subStatuses = (changes: readonly EventStatusChange[]): string[] =>
  changes.map(({ eventId, to }) => `${eventId} ${to.sub_status}`);

describe("firing", () => {
  it("reports every change of status once, in order, with its instant", () => {
    const { scheduler, clock } = makeScheduler();
    const changes: EventStatusChange[] = [];
    scheduler.onStatusChange((change) => changes.push(change));
    scheduler.addEvent(conference("a"));
    scheduler.start();
    for (let day = 0; day < 8; day += 1) {
      clock.advance(86_400_000);
      scheduler.tick();
      scheduler.tick();
    }
    expect(subStatuses(changes)).toEqual([
      "a registration_open",
      "a registration_closed",
      "a event_started",
      "a event_ended",
      "a certificate_available",
      "a event_ended",
    ]);
    expect(changes[0]).toEqual({
      eventId: "a",
      from: { status: "upcoming", sub_status: "registration_not_started" },
      to: { status: "upcoming", sub_status: "registration_open" },
      at: Date.parse("2026-06-02T12:00:00Z"),
      cause: "on_time",
    });
    expect(scheduler.status()).toMatchObject({ triggersFired: 6, triggersQueued: 0, missed: { detected: 0 } });
  });

  it("counts what it finds after a gap as missed", () => {
    const { scheduler, clock } = makeScheduler();
    scheduler.addEvent(conference("a"));
    scheduler.start();
    clock.advance(2 * 86_400_000 + 3_600_000);
    scheduler.tick();
    expect(scheduler.status().missed).toMatchObject({ detected: 2, delivered: 1, expired: 1, waiting: 0 });
    expect(scheduler.getEventStatus("a")?.sub_status).toBe("registration_closed");
  });

  it("tells a handler of one event about that one alone, and none after it has ended", () => {
    const { scheduler, clock } = makeScheduler();
    const changes: EventStatusChange[] = [];
    scheduler.addEvent(conference("a"));
    scheduler.addEvent(conference("b"));
    const end = scheduler.onStatusChange("b", (change) => changes.push(change));
    scheduler.start();
    clock.moveTo("2026-06-02T12:00:00Z");
    scheduler.tick();
    end();
    end();
    clock.moveTo("2026-06-03T12:00:00Z");
    scheduler.tick();
    expect(subStatuses(changes)).toEqual(["b registration_open"]);
  });

  it("reports an edit that changes the status as an edit", () => {
    const { scheduler } = makeScheduler();
    const changes: EventStatusChange[] = [];
    scheduler.onStatusChange((change) => changes.push(change));
    scheduler.addEvent(conference("a"));
    scheduler.updateEvent("a", conference("a", { registration_start_date: "2026-05-01T12:00:00Z" }));
    expect(changes).toMatchObject([{ cause: "edit", to: { sub_status: "registration_open" } }]);
  });

  it("calls subscribers once for many changes, after all of them", async () => {
    const { scheduler } = makeScheduler();
    const seen: number[] = [];
    scheduler.subscribe(() => seen.push(scheduler.getAllEvents().length));
    const before = scheduler.version;
    for (let i = 0; i < 10; i += 1) {
      scheduler.addEvent(conference(`event ${i}`));
    }
    expect(scheduler.version).toBeGreaterThan(before);
    expect(seen).toEqual([]);
    await Promise.resolve();
    expect(seen).toEqual([10]);
    scheduler.removeEvent("nobody");
    scheduler.getAllEvents();
    await Promise.resolve();
    expect(seen).toEqual([10]);
  });

  it("goes on when a handler throws or rejects, and says so", async () => {
    const logger = new RecordingLogger();
    const { scheduler, clock } = makeScheduler({ logger });
    const changes: EventStatusChange[] = [];
    scheduler.onStatusChange(() => {
      throw new Error("first");
    });
    scheduler.onStatusChange(async () => {
      throw new Error("second");
    });
    scheduler.onStatusChange((change) => changes.push(change));
    scheduler.addEvent(conference("a"));
    scheduler.start();
    clock.moveTo("2026-06-02T12:00:00Z");
    scheduler.tick();
    await Promise.resolve();
    expect(changes).toHaveLength(1);
    expect(logger.lines.filter((line) => line.startsWith("error a handler failed"))).toHaveLength(2);
  });

  it("names event and trigger in the log, and sums up a flood", () => {
    const logger = new RecordingLogger();
    const { scheduler, clock } = makeScheduler({ logger });
    scheduler.addEvent(conference("a"));
    scheduler.start();
    clock.moveTo("2026-06-02T12:00:01.500Z");
    scheduler.tick();
    expect(logger.lines).toContain('info registration_open of "Conference a" (a) has fired 1.5 s after its time');
    for (let i = 0; i < 50; i += 1) {
      scheduler.addEvent(conference(`flood ${i}`));
    }
    clock.moveTo("2026-06-03T12:00:00Z");
    scheduler.tick();
    expect(logger.lines.at(-1)).toBe("info 101 triggers have fired");
  });

  it("uses the device's clock when the given one fails, and says so", () => {
    const logger = new RecordingLogger();
    const { scheduler } = makeScheduler({
      logger,
      clock: {
        now: () => {
          throw new Error("no time");
        },
      },
    });
    scheduler.addEvent(conference("a"));
    expect(scheduler.health()).toMatchObject({
      state: "degraded",
      issues: expect.arrayContaining([expect.objectContaining({ code: "CLOCK_FAILING" })]),
    });
  });
});

describe("a handler that calls back", () => {
  it("can add, update and remove events, and hears of what that changes afterwards", () => {
    const { scheduler, clock } = makeScheduler();
    const heard: string[] = [];
    scheduler.addEvent(conference("a"));
    scheduler.addEvent(conference("b"));
    scheduler.addEvent(conference("c"));
    scheduler.onStatusChange(({ eventId, to }) => {
      heard.push(`${eventId} ${to.sub_status}`);
      if (eventId === "a" && to.sub_status === "registration_open") {
        scheduler.addEvent(conference("d"));
        scheduler.removeEvent("c");
        scheduler.updateEvent(
          "a",
          conference("a", { registration_end_date: "2026-06-02T11:00:00Z", registration_start_date: null }),
        );
        heard.push(`${scheduler.status().eventsTracked} events`);
      }
    });
    scheduler.start();
    clock.moveTo("2026-06-02T12:00:00Z");
    scheduler.tick();
    // What had fired is reported before what the handler has caused.
    expect(heard).toEqual([
      "a registration_open",
      "3 events",
      "b registration_open",
      "c registration_open",
      "a registration_closed",
    ]);
    expect(
      scheduler
        .getAllEvents()
        .map(({ event_id }) => event_id)
        .sort(),
    ).toEqual(["a", "b", "d"]);
  });

  it("can tick, stop and start", () => {
    const { scheduler, clock } = makeScheduler();
    scheduler.addEvent(conference("a"));
    let calls = 0;
    scheduler.onStatusChange(() => {
      calls += 1;
      scheduler.tick();
      scheduler.stop();
      scheduler.start();
    });
    scheduler.start();
    clock.moveTo("2026-06-02T12:00:00Z");
    scheduler.tick();
    expect(calls).toBe(1);
    expect(scheduler.status().running).toBe(true);
  });

  it("can dispose, after which nobody hears anything", async () => {
    const { scheduler, clock } = makeScheduler();
    const heard: string[] = [];
    scheduler.addEvent(conference("a"));
    scheduler.addEvent(conference("b"));
    scheduler.onStatusChange(({ eventId }) => {
      heard.push(eventId);
      scheduler.dispose();
    });
    scheduler.start();
    clock.moveTo("2026-06-02T12:00:00Z");
    scheduler.tick();
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual(["a"]);
    expect(scheduler.disposed).toBe(true);
  });

  it("is called by the core's own timers too", async () => {
    const { scheduler, clock } = makeScheduler();
    const fired = new Promise<EventStatusChange>((resolve) => {
      scheduler.onStatusChange((change) => {
        scheduler.addEvent(conference("b"));
        resolve(change);
      });
    });
    scheduler.start();
    scheduler.addEvent(conference("a", { registration_start_date: "2026-06-01T12:00:00.020Z" }));
    clock.moveTo("2026-06-01T12:00:00.030Z");
    expect((await fired).to.sub_status).toBe("registration_open");
    expect(scheduler.status().eventsTracked).toBe(2);
  });
});

describe("changes of status that edits cause", () => {
  it("are reported once each, in order, however many there are before the next tick", () => {
    const { scheduler, clock } = makeScheduler();
    const heard: string[] = [];
    scheduler.onStatusChange(({ eventId, to, cause, at }) => heard.push(`${eventId} ${to.sub_status} ${cause} ${at}`));
    scheduler.addEvent(conference("a"));
    scheduler.addEvent(conference("b"));
    scheduler.start();
    const expected: string[] = [];
    for (let i = 0; i < 2500; i += 1) {
      const open = i % 2 === 0;
      scheduler.updateEvent(
        "a",
        conference("a", { registration_start_date: open ? "2026-05-01T12:00Z" : "2026-06-02T12:00Z" }),
      );
      expected.push(`a ${open ? "registration_open" : "registration_not_started"} edit ${clock.now()}`);
      clock.advance(1);
    }
    expect(heard).toEqual(expected);
    heard.length = 0;
    clock.moveTo("2026-06-02T12:00:00Z");
    scheduler.tick();
    const at = Date.parse("2026-06-02T12:00:00Z");
    expect(heard).toEqual([`a registration_open on_time ${at}`, `b registration_open on_time ${at}`]);
  });

  it("are told apart from those that a bulk load causes", async () => {
    const { scheduler } = makeScheduler();
    const heard: string[] = [];
    scheduler.addEvent(conference("a"));
    scheduler.addEvent(conference("b"));
    scheduler.onStatusChange(({ eventId, to }) => heard.push(`${eventId} ${to.sub_status}`));
    const open = { registration_start_date: "2026-05-01T12:00Z" };
    scheduler.updateEvent("a", conference("a", open));
    scheduler.declineEvent("a");
    await scheduler.initialize([conference("a", open), conference("b", open)]);
    expect(heard).toEqual(["a registration_open", "a declined", "a registration_open", "b registration_open"]);
    expect(scheduler.getEvent("a")?.sub_status).toBe("registration_open");
  });

  it("are told once too when records of another kind stand between theirs", () => {
    const { scheduler, clock } = makeScheduler({ recoveryDelayMs: 60_000 });
    const heard: string[] = [];
    for (const id of ["a", "b", "c"]) {
      scheduler.addEvent(conference(id));
    }
    scheduler.start();
    clock.moveTo("2026-06-02T13:00:00Z");
    scheduler.tick();
    expect(scheduler.status().deliveriesWaiting).toBe(2);
    scheduler.onStatusChange(({ eventId, to, cause }) => heard.push(`${eventId} ${to.sub_status} ${cause}`));
    // Each takes back a delivery that waits, of which the core tells beside the change of status.
    for (const id of ["b", "c"]) {
      scheduler.updateEvent(id, conference(id, { registration_start_date: "2026-06-02T14:00:00Z" }));
    }
    scheduler.tick();
    expect(heard).toEqual(["b registration_not_started edit", "c registration_not_started edit"]);
    expect(scheduler.status().missed).toMatchObject({ detected: 3, delivered: 1, withdrawn: 2, waiting: 0 });
  });
});
