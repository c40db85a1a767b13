import { describe, expect, it, vi } from "vitest";
import { InternalError } from "../src/index.js";
import * as glue from "../wasm/client_event_scheduler.js";
import { conference, makeScheduler, RecordingLogger, rejected, thrownBy } from "./support/schedulers.js";

const trap = (): never => {
  throw new WebAssembly.RuntimeError("unreachable");
};

describe("a trap in the core", () => {
  it("is an InternalError, after which the scheduler goes on with all its events", async () => {
    const logger = new RecordingLogger();
    const { scheduler, clock } = makeScheduler({ logger });
    const changes: string[] = [];
    scheduler.onStatusChange(({ eventId, to }) => changes.push(`${eventId} ${to.sub_status}`));
    scheduler.addEvent(conference("object"));
    scheduler.addEvent(JSON.stringify(conference("text")));
    scheduler.addEvent(conference("approved", { approval_required: true }));
    scheduler.approveEvent("approved");
    scheduler.start();
    const before = scheduler.queue();
    changes.length = 0;
    vi.spyOn(glue.ClientEventScheduler.prototype, "upsert_fields").mockImplementationOnce(trap);
    const error = thrownBy(() => scheduler.addEvent(conference("lost")));
    expect(error).toBeInstanceOf(InternalError);
    expect((error as InternalError).cause).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(scheduler.queue()).toEqual(before);
    expect(scheduler.getEvent("text")?.event_name).toBe("Conference text");
    expect(scheduler.health()).toMatchObject({ state: "degraded", rebuilds: 1, running: true });
    expect(logger.lines.join()).toContain("built anew with 3 events");
    clock.moveTo("2026-06-02T12:00:00Z");
    scheduler.tick();
    expect(changes.sort()).toEqual([
      "approved registration_open",
      "object registration_open",
      "text registration_open",
    ]);
  });

  it("that has left the core locked costs the events that only it held, and health says so", async () => {
    const { scheduler } = makeScheduler();
    const instances: { __wbg_ptr: number }[] = [];
    const real = glue.ClientEventScheduler.prototype.tick;
    vi.spyOn(glue.ClientEventScheduler.prototype, "tick").mockImplementation(function (
      this: glue.ClientEventScheduler,
    ) {
      instances.push(this as unknown as { __wbg_ptr: number });
      real.call(this);
    });
    await scheduler.initialize(new TextEncoder().encode(JSON.stringify([conference("only there")])));
    scheduler.addEvent(conference("object"));
    scheduler.tick();
    // What a panic leaves behind: the cell that holds the instance says that it is borrowed, for ever.
    const { memory } = glue.initSync(undefined as never);
    new DataView(memory.buffer).setInt32(instances[0]?.__wbg_ptr as number, -1, true);
    expect(thrownBy(() => scheduler.queue())).toBeInstanceOf(InternalError);
    expect(scheduler.getAllEvents().map(({ event_id }) => event_id)).toEqual(["object"]);
    expect(scheduler.health()).toMatchObject({
      state: "failed",
      issues: [{ code: "CORE_REBUILT" }, { code: "NOT_RUNNING" }],
    });
    await scheduler.initialize([conference("only there")]);
    expect(scheduler.health().state).toBe("degraded");
  });

  it("leaves handlers and a pause in force", async () => {
    const { scheduler, clock } = makeScheduler({ recoveryDelayMs: 0 });
    const heard: string[] = [];
    scheduler.onTrigger("registration_open", ({ eventId, attempt }) => {
      heard.push(`${eventId} ${attempt}`);
      return new Promise(() => undefined);
    });
    scheduler.addEvent(conference("a"));
    scheduler.start();
    scheduler.pause("maintenance");
    clock.advance(3_600_000);
    vi.spyOn(glue.ClientEventScheduler.prototype, "explain").mockImplementationOnce(trap);
    expect(await rejected(scheduler.explain("a"))).toBeInstanceOf(InternalError);
    expect(scheduler.status().paused).toEqual({ since: clock.now(), reason: "maintenance" });
    clock.moveTo("2026-06-02T12:00:00Z");
    scheduler.tick();
    expect(heard).toEqual([]);
    scheduler.resume();
    expect(heard).toEqual(["a 1"]);
    expect(scheduler.status().deliveriesInFlight).toBe(1);
    vi.spyOn(glue.ClientEventScheduler.prototype, "explain").mockImplementationOnce(trap);
    expect(await rejected(scheduler.explain("a"))).toBeInstanceOf(InternalError);
    expect(scheduler.status().paused).toBeNull();
  });

  it("in the middle of a load fails the load, and the next one works", async () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("before"));
    vi.spyOn(glue.ClientEventScheduler.prototype, "load_commit").mockImplementationOnce(trap);
    await expect(scheduler.initialize([conference("a")])).rejects.toBeInstanceOf(InternalError);
    expect(scheduler.getAllEvents().map(({ event_id }) => event_id)).toEqual(["before"]);
    expect((await scheduler.initialize([conference("a")])).loaded).toBe(1);
  });

  it("that comes again while the core is built anew ends the scheduler, and says so", () => {
    const logger = new RecordingLogger();
    const { scheduler } = makeScheduler({ logger });
    scheduler.addEvent(conference("a"));
    vi.spyOn(glue.ClientEventScheduler.prototype, "upsert_fields").mockImplementation(trap);
    expect(thrownBy(() => scheduler.addEvent(conference("b")))).toBeInstanceOf(InternalError);
    expect(thrownBy(() => scheduler.queue())).toBeInstanceOf(InternalError);
    expect(scheduler.health()).toMatchObject({ state: "failed", issues: [{ code: "CORE_FAILED" }] });
    expect(logger.lines.join()).toContain("could not be built anew");
    scheduler.dispose();
  });
});
