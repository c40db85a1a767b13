import { describe, expect, it, vi } from "vitest";
import { type Clock, httpTransport, type SchedulerOptions, type TriggerDelivery } from "../src/index.js";
import { memoryStorage } from "../src/ports/memory-storage.js";
import { headOf } from "../src/ports/server-news.js";
import { FeedServer } from "./support/feed-server.js";
import { afterTest, eventually, makeScheduler } from "./support/schedulers.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A device whose clock is ahead by so much. */
const deviceAhead = (byMs: number): Clock => ({
  now: () => Date.now() + byMs,
  monotonic: () => performance.now(),
});

/** Stamps are taken on the device's clocks: they are read through the transport's own, which here are the machine's. */
async function connected(server: FeedServer, byMs: number, options: SchedulerOptions = {}) {
  const real = httpTransport({ baseUrl: server.baseUrl });
  const shifted: typeof real = {
    ...real,
    snapshot: ({ onServerNews, ...rest }) => real.snapshot({ ...rest, onServerNews: shift(onServerNews, byMs) }),
    changes: (cursor, { onServerNews, ...rest }) =>
      real.changes(cursor, { ...rest, onServerNews: shift(onServerNews, byMs) }),
  };
  const made = makeScheduler({ clock: deviceAhead(byMs), transport: shifted, ...options });
  return made.scheduler;
}

type Tell = Parameters<ReturnType<typeof httpTransport>["snapshot"]>[0]["onServerNews"];

function shift(tell: Tell, byMs: number): Tell {
  return async ({ sample, ...news }) =>
    tell?.({
      ...news,
      sample: sample && {
        ...sample,
        sent: { ...sample.sent, wall: sample.sent.wall + byMs },
        received: { ...sample.received, wall: sample.received.wall + byMs },
      },
    });
}

const startingAt = (id: string, start: number) => ({
  event_id: id,
  start_datetime: new Date(start).toISOString(),
  end_datetime: new Date(start + HOUR).toISOString(),
});

describe("the back end's clock", () => {
  it.each([
    ["fast", 5 * MINUTE],
    ["slow", -5 * MINUTE],
  ])("decides when a trigger fires on a device that is five minutes %s", async (_how, ahead) => {
    const server = await FeedServer.start();
    server.clock = () => Date.now();
    const due = Math.ceil(Date.now() / 1000) * 1000 + 2_000;
    server.put(startingAt("a", due));
    const scheduler = await connected(server, ahead);
    const fired: [TriggerDelivery, number][] = [];
    scheduler.onTrigger("event_start", (delivery) => void fired.push([delivery, Date.now()]));
    scheduler.start();
    await eventually(() => expect(fired).toHaveLength(1));
    const [delivery, at] = fired[0] as [TriggerDelivery, number];
    expect(delivery).toMatchObject({ scheduledAt: due, cause: "on_time" });
    const { clock, issues } = scheduler.health();
    expect(clock).toMatchObject({ source: "server" });
    expect(Math.abs((clock.offsetMs ?? 0) + ahead)).toBeLessThanOrEqual(clock.boundMs ?? 0);
    expect(at).toBeGreaterThanOrEqual(due - (clock.boundMs ?? 0));
    expect(issues).toMatchObject([{ code: "DEVICE_CLOCK_WRONG", severity: "warning" }]);
    expect(Math.abs(scheduler.now() - Date.now())).toBeLessThanOrEqual((clock.boundMs ?? 0) + 1);
  });

  it("is asked for a few times where the answers are slow, and not again and again", async () => {
    const server = await FeedServer.start();
    server.clock = () => Date.now();
    server.heartbeatMs = 5;
    const scheduler = await connected(server, 0);
    scheduler.start();
    await eventually(() => expect(scheduler.health().sync.state).toBe("streaming"));
    await eventually(() => expect(scheduler.health().clock.source).toBe("server"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(server.count("/changes")).toBeLessThanOrEqual(1);
  });

  it("is not asked for where the answers do not tell of it", async () => {
    const server = await FeedServer.start();
    server.heartbeatMs = 5;
    const scheduler = await connected(server, 0);
    scheduler.start();
    await eventually(() => expect(scheduler.health().sync.state).toBe("streaming"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(server.requests).toEqual(["/snapshot", "/stream"]);
    expect(scheduler.health().clock).toEqual({ source: "device", offsetMs: null, boundMs: null });
  });

  it("changes nothing where the application has given a clock that it vouches for", async () => {
    const server = await FeedServer.start();
    server.clock = () => Date.now();
    server.watermark = Date.now();
    const { scheduler, clock } = makeScheduler({ transport: httpTransport({ baseUrl: server.baseUrl }) });
    scheduler.start();
    await eventually(() => expect(scheduler.health().sync.state).toBe("streaming"));
    expect(scheduler.now()).toBe(clock.now());
    expect(scheduler.health().clock).toEqual({ source: "given", offsetMs: null, boundMs: null });
  });

  it("goes on to be known when the scheduler is stopped and started again", async () => {
    const server = await FeedServer.start();
    server.clock = () => Date.now();
    const scheduler = await connected(server, HOUR);
    scheduler.start();
    await eventually(() => expect(scheduler.health().clock.source).toBe("server"));
    scheduler.stop();
    scheduler.start();
    expect(Math.abs(scheduler.now() - Date.now())).toBeLessThan(1000);
  });
});

describe("a device that was fast at an earlier visit", () => {
  /** What a page may keep. */
  function keeping(items: Map<string, string>): void {
    vi.stubGlobal("document", {});
    vi.stubGlobal("localStorage", {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => items.set(key, value),
    });
    afterTest(() => vi.unstubAllGlobals());
  }

  it("fires nothing too early before the back end is heard of", async () => {
    const server = await FeedServer.start();
    server.clock = () => Date.now();
    const items = new Map<string, string>();
    keeping(items);
    const storage = memoryStorage();
    const first = await connected(server, 5 * MINUTE, { storage });
    first.start();
    await eventually(() => expect(first.health().clock.source).toBe("server"));
    first.addEvent(startingAt("a", Date.now() + 2 * MINUTE));
    first.dispose();
    await server.close();
    const second = await connected(server, 5 * MINUTE, { storage });
    const fired: string[] = [];
    second.onTrigger(({ triggerId }) => void fired.push(triggerId));
    await second.restored;
    second.start();
    expect(second.health().clock.source).toBe("device");
    expect(Math.abs(second.now() - Date.now())).toBeLessThan(1000);
    expect(fired).toEqual([]);
  });

  it("is gone by as it is where it was slow", async () => {
    const server = await FeedServer.start();
    server.clock = () => Date.now();
    const items = new Map<string, string>();
    keeping(items);
    const scheduler = await connected(server, -5 * MINUTE, { storage: memoryStorage() });
    scheduler.start();
    await eventually(() => expect(scheduler.health().clock.source).toBe("server"));
    expect([...items.keys()]).toEqual(["client-event-scheduler/phase"]);
  });
});

describe("the back end's watermark", () => {
  it("lets a device that is slow, with nothing kept, fire nothing that has been settled", async () => {
    const server = await FeedServer.start();
    server.watermark = Date.now();
    server.put(startingAt("over", Date.now() - MINUTE));
    server.put(startingAt("soon", Date.now() + HOUR));
    const scheduler = await connected(server, -10 * MINUTE);
    const fired: string[] = [];
    scheduler.onTrigger(({ triggerId }) => void fired.push(triggerId));
    scheduler.start();
    await eventually(() => expect(scheduler.health().sync.state).toBe("streaming"));
    expect(scheduler.now()).toBe(server.watermark);
    expect(scheduler.getEventStatus("over")?.status).toBe("ongoing");
    expect(scheduler.queue().map(({ eventId, kind }) => `${eventId} ${kind}`)).not.toContain("over event_start");
    expect(scheduler.queue().map(({ eventId, kind }) => `${eventId} ${kind}`)).toContain("soon event_start");
    expect(fired).toEqual([]);
  });
});

describe("the beginning of a snapshot", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  it.each([
    ['{"cursor":"e.1","server_time":{"received_at":"a","sent_at":"b"},"events":[{"x":1}', { cursor: "e.1" }],
    ['{ "watermark" : null , "cursor":"e.1" , "events" : [', { cursor: "e.1", watermark: null }],
  ])("tells what stands before the events: %s", (text, fields) => {
    expect(headOf(bytes(text))).toMatchObject(fields);
  });

  it.each(['{"events":[{"tags":["a"]}],"cursor":"e.1"}', '[{"a":1}]', "", '{"cursor":', '{"a":"\\"b","events":['])(
    "tells nothing where they come first, or it cannot be read: %s",
    (text) => {
      const head = headOf(bytes(text));
      expect(head === null || !("events" in (head as object))).toBe(true);
    },
  );
});
