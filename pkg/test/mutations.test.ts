import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../src/index.js";
import { conference, makeScheduler, thrownBy } from "./support/schedulers.js";

describe("adding and updating", () => {
  it("makes one set of triggers, however often an event is added", () => {
    const { scheduler } = makeScheduler();
    expect(scheduler.addEvent(conference("a")).outcome).toBe("added");
    expect(scheduler.addEvent(conference("a")).outcome).toBe("unchanged");
    expect(scheduler.updateEvent("a", conference("a")).outcome).toBe("unchanged");
    expect(scheduler.status()).toMatchObject({ eventsTracked: 1, triggersQueued: 6 });
  });

  it("adds the event that an update does not find", () => {
    const { scheduler } = makeScheduler();
    expect(scheduler.updateEvent("a", conference("a")).outcome).toBe("added");
    expect(scheduler.queue()).toHaveLength(6);
  });

  it("lets the id argument stand in for an id that the object lacks", () => {
    const { scheduler } = makeScheduler();
    const { event_id: _, ...anonymous } = conference("x");
    scheduler.updateEvent("a", anonymous);
    scheduler.updateEvent("b", { ...anonymous, event_id: null });
    scheduler.updateEvent("c", JSON.stringify(anonymous));
    expect(scheduler.getAllEvents().map((event) => event.event_id)).toEqual(["a", "b", "c"]);
  });

  it("refuses an object whose id is another than the one that the call names", () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a"));
    for (const event of [conference("b"), JSON.stringify(conference("b"))]) {
      const error = thrownBy(() => scheduler.updateEvent("a", event)) as InvalidInputError;
      expect(error).toBeInstanceOf(InvalidInputError);
      expect(error.problems).toMatchObject([{ field: "event_id", code: "ID_MISMATCH" }]);
    }
    expect(scheduler.status().eventsTracked).toBe(1);
  });

  it("takes an event as JSON, wherever its id stands", () => {
    const { scheduler } = makeScheduler();
    const { event_id, ...rest } = conference("a");
    expect(scheduler.addEvent(JSON.stringify({ ...rest, event_id })).outcome).toBe("added");
    expect(scheduler.addEvent(JSON.stringify({ event_id, ...rest })).outcome).toBe("unchanged");
    expect(scheduler.addEvent(JSON.stringify({ event_id, ...rest }, null, 2)).outcome).toBe("unchanged");
    expect(scheduler.addEvent(`{"event\\u005fid":"b"}`).outcome).toBe("added");
    expect(scheduler.addEvent(`{"event_id":"\\u0063"}`).outcome).toBe("added");
    expect(scheduler.getAllEvents().map((event) => event.event_id)).toEqual(["a", "b", "c"]);
  });

  it("understands dates as Date, as milliseconds and as text alike", () => {
    const { scheduler } = makeScheduler();
    const start = Date.parse("2026-06-04T12:00:00Z");
    scheduler.addEvent(conference("text"));
    scheduler.addEvent(conference("number", { start_datetime: start }));
    scheduler.addEvent(conference("date", { start_datetime: new Date(start) }));
    scheduler.addEvent(conference("local", { start_datetime: "2026-06-04T14:00", timezone: "Europe/Berlin" }));
    const starts = scheduler.queue().filter(({ kind }) => kind === "event_start");
    expect(starts.map(({ dueAt }) => dueAt)).toEqual([start, start, start, start]);
  });

  it("keeps ids and texts outside ASCII", () => {
    const { scheduler } = makeScheduler();
    const id = "événement-日本-😀";
    scheduler.addEvent(conference(id, { timezone: "Europe/Berlin" }));
    expect(scheduler.queue({ limit: 1 })[0]?.eventId).toBe(id);
    expect(scheduler.getEventStatus(id)?.sub_status).toBe("registration_not_started");
    expect(scheduler.removeEvent(id).outcome).toBe("removed");
  });

  it("names the problem of a text with a NUL in it", () => {
    const { scheduler } = makeScheduler();
    const error = thrownBy(() => scheduler.addEvent(conference("a\0b"))) as InvalidInputError;
    expect(error.problems).toMatchObject([{ field: "event_id", code: "ID_CONTROL_CHARACTER" }]);
    const zone = thrownBy(() => scheduler.addEvent(conference("a", { timezone: "Europe\0Berlin" })));
    expect((zone as InvalidInputError).problems).toMatchObject([{ field: "timezone", code: "TIME_ZONE_UNKNOWN" }]);
    expect(scheduler.status().eventsTracked).toBe(0);
  });

  it("holds fields that are longer than its buffer", () => {
    const { scheduler } = makeScheduler();
    const error = thrownBy(() => scheduler.addEvent(conference("a", { timezone: "Z".repeat(20_000) })));
    expect((error as InvalidInputError).problems[0]?.field).toBe("timezone");
  });

  it("refuses a revision that is older than the known one, as a value", () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a", { revision: 7, event_name: "new" }));
    expect(scheduler.updateEvent("a", conference("a", { revision: 6, event_name: "old" })).outcome).toBe("stale");
    expect(scheduler.getEvent("a")?.event_name).toBe("new");
  });

  it("removes an event with its triggers, and says when there is none", () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a"));
    expect(scheduler.removeEvent("a").outcome).toBe("removed");
    expect(scheduler.removeEvent("a").outcome).toBe("not_found");
    expect(scheduler.queue()).toEqual([]);
    expect(scheduler.getEvent("a")).toBeUndefined();
  });

  it("tells the next trigger when it is asked", () => {
    const { scheduler } = makeScheduler();
    const first = scheduler.addEvent(conference("a"));
    expect(first.nextTrigger).toEqual({
      triggerId: "a/registration_open@2026-06-02T12:00:00.000Z",
      eventId: "a",
      kind: "registration_open",
      dueAt: Date.parse("2026-06-02T12:00:00Z"),
    });
    expect(first.nextTrigger).toBe(first.nextTrigger);
    expect(JSON.parse(JSON.stringify(first))).toMatchObject({ outcome: "added", nextTrigger: { eventId: "a" } });
    expect(scheduler.removeEvent("a").nextTrigger).toBeNull();
  });
});

describe("approval", () => {
  it("adds the triggers when an event is approved and removes them when it is declined", () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a", { approval_required: true, event_approval_status: "pending_approval" }));
    expect(scheduler.queue()).toEqual([]);
    expect(scheduler.getEventStatus("a")?.status).toBe("pending_approval");
    expect(scheduler.approveEvent("a").outcome).toBe("updated");
    expect(scheduler.queue()).toHaveLength(6);
    expect(scheduler.getEvent("a")).toMatchObject({ event_approval_status: "approved", status: "upcoming" });
    expect(scheduler.declineEvent("a").outcome).toBe("updated");
    expect(scheduler.queue()).toEqual([]);
    expect(scheduler.approveEvent("nobody").outcome).toBe("not_found");
  });

  it("opens the gate that `status` closes, for events kept as objects and as text", () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("object", { status: "pending_approval" }));
    scheduler.addEvent(JSON.stringify(conference("text", { status: "pending_approval" })));
    for (const id of ["object", "text"]) {
      scheduler.approveEvent(id);
      expect(scheduler.getEvent(id)).toMatchObject({ status: "upcoming", event_name: `Conference ${id}` });
    }
    expect(scheduler.queue()).toHaveLength(12);
  });

  it("takes the document that the back end answered with", () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a", { approval_required: true, revision: 1 }));
    scheduler.approveEvent("a", conference("a", { approval_required: true, revision: 2, event_name: "approved one" }));
    expect(scheduler.getEvent("a")).toMatchObject({ event_name: "approved one", event_approval_status: "approved" });
    expect(scheduler.queue()).toHaveLength(6);
    expect(scheduler.approveEvent("b", conference("b")).outcome).toBe("added");
  });
});

describe("reading events", () => {
  it("lays the computed status over the definition and keeps every other field", () => {
    const { scheduler } = makeScheduler();
    const given = conference("a", { venue: { city: "Pune" }, status: "upcoming", sub_status: "nonsense" });
    scheduler.addEvent(given);
    expect(scheduler.getEvent("a")).toEqual({
      ...given,
      status: "upcoming",
      sub_status: "registration_not_started",
    });
  });

  it("hands out the same frozen object until something changes", () => {
    const { scheduler, clock } = makeScheduler();
    scheduler.addEvent(conference("a"));
    scheduler.addEvent(JSON.stringify(conference("b")));
    scheduler.start();
    const before = [scheduler.getEvent("a"), scheduler.getEvent("b"), scheduler.getAllEvents()];
    expect([scheduler.getEvent("a"), scheduler.getEvent("b"), scheduler.getAllEvents()]).toEqual(before);
    expect(scheduler.getEvent("a")).toBe(before[0]);
    expect(scheduler.getEvent("b")).toBe(before[1]);
    expect(scheduler.getAllEvents()).toBe(before[2]);
    expect(Object.isFrozen(before[0])).toBe(true);
    clock.moveTo("2026-06-02T12:00:00Z");
    scheduler.tick();
    for (const id of ["a", "b"]) {
      expect(scheduler.getEvent(id)).toMatchObject({ sub_status: "registration_open", event_name: `Conference ${id}` });
    }
    expect(scheduler.getAllEvents()).not.toBe(before[2]);
    expect(scheduler.getEventStatus("a")).toBe(scheduler.getEventStatus("b"));
  });

  it("shows what a text says that replaces an object, and the other way round", () => {
    const { scheduler } = makeScheduler();
    for (const [name, asText] of [
      ["one", false],
      ["two", true],
      ["three", false],
      ["four", true],
    ] as const) {
      const event = conference("a", { event_name: name });
      scheduler.addEvent(asText ? JSON.stringify(event) : event);
      expect(scheduler.getEvent("a")?.event_name).toBe(name);
    }
  });

  it("lists the triggers of one event", () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("a"));
    scheduler.addEvent(conference("b"));
    expect(scheduler.queue({ eventId: "b", limit: 2 }).map(({ triggerId }) => triggerId)).toEqual([
      "b/registration_open@2026-06-02T12:00:00.000Z",
      "b/registration_close@2026-06-03T12:00:00.000Z",
    ]);
    expect(scheduler.queue({ eventId: "nobody" })).toEqual([]);
    expect(scheduler.queue({ limit: 3 })).toHaveLength(3);
  });
});
