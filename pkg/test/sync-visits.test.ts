import { describe, expect, it } from "vitest";
import { httpTransport, type SchedulerOptions, type TabLocks } from "../src/index.js";
import { memoryStorage } from "../src/ports/memory-storage.js";
import { FeedServer } from "./support/feed-server.js";
import { settle } from "./support/profile.js";
import { conference, eventually, makeScheduler } from "./support/schedulers.js";

/** A visit to a page whose events come from `server`, and what its handlers were called for. */
async function visit(server: FeedServer, options: SchedulerOptions) {
  const made = makeScheduler({ transport: httpTransport({ baseUrl: server.baseUrl }), recoveryDelayMs: 0, ...options });
  const fired: string[] = [];
  made.scheduler.onTrigger(({ triggerId }) => void fired.push(triggerId));
  await made.scheduler.restored;
  made.scheduler.start();
  return { ...made, fired };
}

const OPENS = "2026-06-02T12:00:00.000Z";
const LATER = "2026-06-02T12:30:00.000Z";

describe("from one visit to the next", () => {
  it("starts without the network from what was kept, and catches up when that is back, without a snapshot", async () => {
    const server = await FeedServer.start();
    server.put(conference("a"));
    const storage = memoryStorage();
    const first = await visit(server, { storage });
    await eventually(() => expect(first.scheduler.health().sync.state).toBe("streaming"));
    await eventually(async () => {
      const { events } = await (await storage.open("default", () => undefined)).read();
      expect(events).toHaveLength(1);
    });
    first.clock.moveTo(OPENS);
    first.scheduler.tick();
    await eventually(() => expect(first.fired).toEqual([`a/registration_open@${OPENS}`]));
    await eventually(() => expect(first.scheduler.status().deliveriesInFlight).toBe(0));
    first.scheduler.dispose();
    await eventually(() => expect(server.streams.size).toBe(0));
    await server.close();
    const second = await visit(server, { storage, clock: { now: () => Date.parse(LATER) } });
    expect(second.scheduler.getEvent("a")).toMatchObject({ event_name: "Conference a" });
    await eventually(() => expect(second.scheduler.health().sync).toMatchObject({ state: "retrying" }));
    server.put(conference("b"));
    server.put(conference("a", { venue: "Hall 2" }));
    await server.listen();
    await eventually(() => expect(second.scheduler.getEvent("b")).toBeDefined());
    expect(second.scheduler.getEvent("a")).toMatchObject({ venue: "Hall 2" });
    expect(server.count("/snapshot")).toBe(1);
    // `b` was not known when it came due; what `a` had fired does not fire again.
    await eventually(() => expect(second.fired).toEqual([`b/registration_open@${OPENS}`]));
  });

  it("goes on from a place in the feed only with the events that it stands for", async () => {
    const server = await FeedServer.start();
    server.put(conference("a"));
    const storage = memoryStorage();
    const first = await visit(server, { storage });
    await eventually(() => expect(first.scheduler.health().sync.state).toBe("streaming"));
    // At once, as a page that is closed does: the events are written a moment later.
    first.scheduler.dispose();
    await settle();
    const second = await visit(server, { storage });
    await eventually(() => expect(second.scheduler.health().sync.state).toBe("streaming"));
    expect(second.scheduler.getEvent("a")).toBeDefined();
  });

  it("keeps what this tab has read before it began to act, with the place in the feed", async () => {
    const server = await FeedServer.start();
    server.put(conference("a"));
    const storage = memoryStorage();
    let grant: () => void = () => undefined;
    const granted = new Promise<void>((resolve) => {
      grant = resolve;
    });
    const locks: TabLocks = {
      hold: (_name, _options, use) => granted.then(use),
      holdIfFree: (_name, use) => use(),
      holds: async () => true,
    };
    const first = await visit(server, { storage, tabs: { locks, openChannel: null, wakeSource: null } });
    await eventually(() => expect(first.scheduler.getEvent("a")).toBeDefined());
    expect(first.scheduler.health().lease.role).toBe("waiting");
    grant();
    await eventually(() => expect(first.scheduler.health().sync.state).toBe("streaming"));
    server.put(conference("b"));
    await eventually(() => expect(first.scheduler.getEvent("b")).toBeDefined());
    const stored = await storage.open("default", () => undefined);
    await eventually(async () => expect((await stored.read()).cursor).toMatchObject({ cursor: "e1.2" }));
    first.scheduler.dispose();
    const second = await visit(server, { storage });
    await eventually(() => expect(second.scheduler.health().sync.state).toBe("streaming"));
    expect(second.scheduler.getEvent("a")).toBeDefined();
    expect(server.count("/snapshot")).toBe(1);
  });

  it("fires nothing again when what was kept is gone", async () => {
    const server = await FeedServer.start();
    server.put(conference("a"));
    const clock = { now: () => Date.parse(LATER) };
    const wiped = await visit(server, { storage: memoryStorage(), clock });
    await eventually(() => expect(wiped.scheduler.health().sync.state).toBe("streaming"));
    wiped.scheduler.tick();
    expect(wiped.scheduler.getEventStatus("a")).toMatchObject({ sub_status: "registration_open" });
    expect(wiped.scheduler.status().missed.detected).toBe(0);
    expect(wiped.fired).toEqual([]);
  });
});

describe("a change that was made here", () => {
  it("is provisional until the feed confirms it by its revision, and an older echo does not undo it", async () => {
    const server = await FeedServer.start();
    server.put(conference("a", { revision: 1, venue: "Hall 1" }));
    const { scheduler } = await visit(server, {});
    await eventually(() => expect(scheduler.health().sync.state).toBe("streaming"));
    const event = async () => (await scheduler.explain("a")).event;
    expect(await event()).toMatchObject({ provisional: false, revision: 1 });
    scheduler.updateEvent("a", conference("a", { venue: "Hall 2" }));
    expect(await event()).toMatchObject({ provisional: true });
    server.put(conference("a", { revision: 1, venue: "Hall 1" }));
    server.put(conference("marker"));
    await eventually(() => expect(scheduler.getEvent("marker")).toBeDefined());
    expect(scheduler.getEvent("a")).toMatchObject({ venue: "Hall 2" });
    server.put(conference("a", { revision: 2, venue: "Hall 2" }));
    await eventually(async () => expect(await event()).toMatchObject({ provisional: false, revision: 2 }));
  });

  it("is replaced by what somebody else has made of the event after it", async () => {
    const server = await FeedServer.start();
    server.put(conference("a", { revision: 1 }));
    const { scheduler } = await visit(server, {});
    await eventually(() => expect(scheduler.health().sync.state).toBe("streaming"));
    scheduler.updateEvent("a", conference("a", { venue: "mine" }));
    server.put(conference("a", { revision: 2, venue: "mine" }));
    server.put(conference("a", { revision: 3, venue: "theirs" }));
    await eventually(() => expect(scheduler.getEvent("a")).toMatchObject({ venue: "theirs" }));
  });
});
