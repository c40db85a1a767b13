import { type ClientEventScheduler, createScheduler } from "client-event-scheduler";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ChangeLog, cameDue } from "./changeLog";
import { EventIndex } from "./eventIndex";

const HOUR = 3_600_000;
const START = Date.parse("2030-01-01T00:00:00Z");
const at = (hours: number) => new Date(START + hours * HOUR).toISOString();

let now = START;
let scheduler: ClientEventScheduler;

/** Lets the clock reach so many hours after the start, and the scheduler fire what is due by then. */
const reach = (hours: number) => {
  now = START + hours * HOUR;
  scheduler.tick();
};

beforeEach(async () => {
  now = START;
  scheduler = await createScheduler({ clock: { now: () => now }, logger: false });
  scheduler.start();
});
afterEach(() => scheduler.dispose());

describe("the index of events", () => {
  it("joins each event with its next trigger", () => {
    scheduler.addEvent({ event_id: "a", start_datetime: at(2), end_datetime: at(3) });
    scheduler.addEvent({ event_id: "undated" });
    const { byId, rows, scheduler: status } = new EventIndex(scheduler).getSnapshot();
    expect(byId.get("a")?.nextTrigger).toMatchObject({ kind: "event_start", dueAt: START + 2 * HOUR });
    expect(byId.get("undated")).toMatchObject({ event: { status: "draft" }, nextTrigger: undefined });
    expect(rows).toHaveLength(2);
    expect(status).toMatchObject({ eventsTracked: 2, triggersQueued: 2 });
  });

  it("keeps the rows of events that do not change, and the whole list while none does", () => {
    scheduler.addEvent({ event_id: "a", start_datetime: at(2), end_datetime: at(3) });
    scheduler.addEvent({ event_id: "b", start_datetime: at(4), end_datetime: at(5) });
    const index = new EventIndex(scheduler);
    const before = index.getSnapshot();
    expect(index.getSnapshot()).toBe(before);

    scheduler.updateEvent("b", { start_datetime: at(6), end_datetime: at(7) });
    const after = index.getSnapshot();
    expect(after.byId.get("a")).toBe(before.byId.get("a"));
    expect(after.byId.get("b")?.nextTrigger?.dueAt).toBe(START + 6 * HOUR);

    scheduler.stop();
    expect(index.getSnapshot().rows).toBe(after.rows);
  });

  it("moves on to the next trigger when one fires that leaves the status as it is", () => {
    scheduler.addEvent({
      event_id: "late-entries",
      registration_end_date: at(3),
      start_datetime: at(2),
      end_datetime: at(5),
    });
    const index = new EventIndex(scheduler);
    reach(2);
    expect(index.getSnapshot().byId.get("late-entries")?.nextTrigger?.kind).toBe("registration_close");
    reach(3);
    expect(index.getSnapshot().byId.get("late-entries")).toMatchObject({
      event: { sub_status: "event_started" },
      nextTrigger: { kind: "event_end" },
    });
  });

  it("finds the next triggers of many events at once as well as of few", () => {
    const events = Array.from({ length: 200 }, (_, n) => ({
      event_id: `e${n}`,
      start_datetime: at(n + 1),
      end_datetime: at(n + 2),
    }));
    for (const event of events) scheduler.addEvent(event);
    const { byId } = new EventIndex(scheduler).getSnapshot();
    for (const [n, { event_id }] of events.entries()) {
      expect(byId.get(event_id)?.nextTrigger?.dueAt).toBe(START + (n + 1) * HOUR);
    }
  });
});

describe("the log of changes", () => {
  it("lists what happened to known events, newest first, and tells time's doing from a person's", () => {
    const log = new ChangeLog(scheduler);
    scheduler.addEvent({ event_id: "a", start_datetime: at(2), end_datetime: at(3) });
    expect(log.getSnapshot()).toEqual([]);

    reach(2);
    scheduler.updateEvent("a", { start_datetime: at(4), end_datetime: at(5) });
    const [edited, started] = log.getSnapshot();
    expect(started).toMatchObject({ number: 1, cause: "on_time", to: { sub_status: "event_started" } });
    expect(edited).toMatchObject({ number: 2, cause: "edit", from: { sub_status: "event_started" } });
    expect([started, edited].map((change) => change && cameDue(change))).toEqual([true, false]);
  });
});
