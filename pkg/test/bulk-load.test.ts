import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type ClientEventScheduler, type EventInput, InvalidInputError } from "../src/index.js";
import { Random, SEED } from "./support/random.js";
import { conference, makeScheduler } from "./support/schedulers.js";

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Everything that two schedulers with the same events have in common. */
function state(scheduler: ClientEventScheduler): object {
  const { queuePreview: _, ...status } = scheduler.status();
  return { status, events: scheduler.getAllEvents(), queue: scheduler.queue({ limit: 100_000 }) };
}

function events(count: number): EventInput[] {
  return Array.from({ length: count }, (_, i) =>
    conference(`event ${i}`, { timezone: "Asia/Kolkata", start_datetime: "2026-06-04 17:30", venue: `Saal ${i} – ä` }),
  );
}

/** A stream that delivers `bytes` in pieces of random sizes, now and then with a pause. */
function inPieces(bytes: Uint8Array, random: Random, largest: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      if (random.below(20) === 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (at >= bytes.length) {
        controller.close();
        return;
      }
      const size = random.below(largest + 1);
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

describe("a bulk load", () => {
  it.each([1, 7, 300, 5000, 200_000])(
    `gives the same in pieces of up to %i bytes as in one (seed ${SEED})`,
    async (largest) => {
      const random = new Random(SEED + largest);
      const count = largest === 1 ? 20 : 400;
      const bytes = encode({ cursor: "1.5", server_time: { received_at: "x" }, events: events(count) });
      const whole = makeScheduler().scheduler;
      const pieces = makeScheduler().scheduler;
      const report = await whole.initialize(bytes);
      expect(report).toEqual({ loaded: count, quarantined: 0, removed: 0, cursor: "1.5" });
      expect(await pieces.initialize(inPieces(bytes, random, largest))).toEqual(report);
      expect(state(pieces)).toEqual(state(whole));
    },
  );

  it("gives the same from objects, bytes, a buffer, a response, and one by one", async () => {
    const given = events(300);
    const bytes = encode(given);
    const sources = [given, bytes, bytes.buffer as ArrayBuffer, new Response(bytes as Uint8Array<ArrayBuffer>)];
    const states: object[] = [];
    for (const source of sources) {
      const { scheduler } = makeScheduler();
      await scheduler.initialize(source);
      states.push(state(scheduler));
    }
    const { scheduler } = makeScheduler();
    for (const event of given) {
      scheduler.addEvent(event);
    }
    for (const one of states) {
      expect(one).toEqual(state(scheduler));
    }
  });

  it("reads only its part of a larger buffer", async () => {
    const { scheduler } = makeScheduler();
    const bytes = encode(events(3));
    const larger = new Uint8Array(bytes.length + 20).fill(33);
    larger.set(bytes, 10);
    await scheduler.initialize(larger.subarray(10, 10 + bytes.length));
    expect(scheduler.status().eventsTracked).toBe(3);
  });

  it("replaces what was there, and counts it", async () => {
    const { scheduler } = makeScheduler();
    scheduler.addEvent(conference("gone"));
    scheduler.addEvent(conference("stays", { event_name: "old" }));
    const report = await scheduler.initialize(encode([conference("stays", { event_name: "new" })]));
    expect(report).toMatchObject({ loaded: 1, removed: 1 });
    expect(scheduler.getEvent("stays")?.event_name).toBe("new");
    expect(scheduler.getEvent("gone")).toBeUndefined();
  });

  it.each([
    ["that is no JSON", '[{"event_id":"a"},'],
    ["that is cut off in an event", '[{"event_id":"a"},{"event_id'],
    ["with something after it", "[] []"],
    ["that is a page of HTML", "<!doctype html><title>Sign in</title>"],
    ["that is empty", ""],
  ])("of a document %s fails, and what was there stays", async (_, text) => {
    const { scheduler } = makeScheduler();
    await scheduler.initialize(events(3));
    const before = state(scheduler);
    await expect(scheduler.initialize(new TextEncoder().encode(text))).rejects.toBeInstanceOf(InvalidInputError);
    expect(state(scheduler)).toEqual(before);
    await scheduler.initialize(events(4));
    expect(scheduler.status().eventsTracked).toBe(4);
  });

  it("whose stream breaks fails with the reason, and what was there stays", async () => {
    const { scheduler } = makeScheduler();
    await scheduler.initialize(events(3));
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(encode(events(5)).slice(0, 100));
        controller.error(new Error("cut off"));
      },
    });
    await expect(scheduler.initialize(broken)).rejects.toThrow("cut off");
    expect(scheduler.status().eventsTracked).toBe(3);
  });

  it("keeps to the limit of events", async () => {
    const { scheduler } = makeScheduler({ maxEvents: 2 });
    await expect(scheduler.initialize(events(3))).rejects.toMatchObject({ code: "LIMIT_EXCEEDED", limit: 2 });
    expect(scheduler.status().eventsTracked).toBe(0);
  });

  it("waits for the one before", async () => {
    const { scheduler } = makeScheduler();
    const first = scheduler.initialize(inPieces(encode(events(50)), new Random(1), 100));
    const second = scheduler.initialize(events(2));
    expect((await first).loaded).toBe(50);
    expect((await second).loaded).toBe(2);
  });

  it("lets changes stand that were made meanwhile", async () => {
    const { scheduler } = makeScheduler();
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const bytes = encode([
      conference("a", { event_name: "loaded" }),
      conference("b"),
      conference("c", { revision: 5 }),
    ]);
    const load = scheduler.initialize(
      new ReadableStream({
        async start(controller) {
          controller.enqueue(bytes.slice(0, 50));
          await released;
          controller.enqueue(bytes.slice(50));
          controller.close();
        },
      }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    scheduler.addEvent(conference("a", { event_name: "edited meanwhile" }));
    scheduler.addEvent(conference("new", { event_name: "added meanwhile" }));
    scheduler.addEvent(conference("c", { event_name: "older", revision: 4 }));
    scheduler.addEvent(JSON.stringify(conference("text", { event_name: "added as text" })));
    release();
    await load;
    const names = scheduler.getAllEvents().map(({ event_id, event_name }) => `${event_id}: ${String(event_name)}`);
    expect(names.sort()).toEqual([
      "a: edited meanwhile",
      "b: Conference b",
      "c: Conference c",
      "new: added meanwhile",
      "text: added as text",
    ]);
  });

  it("of objects with one id keeps the one with the higher revision, else the later one", async () => {
    const { scheduler } = makeScheduler();
    await scheduler.initialize([
      conference("a", { event_name: "new", revision: 2 }),
      conference("a", { event_name: "old", revision: 1 }),
      conference("b", { event_name: "earlier" }),
      conference("b", { event_name: "later" }),
    ]);
    expect(scheduler.getAllEvents().map(({ event_name }) => event_name)).toEqual(["new", "later"]);
  });

  it("ends when the scheduler is disposed", async () => {
    const { scheduler } = makeScheduler();
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setImmediate(resolve));
        controller.enqueue(new TextEncoder().encode("[ ".slice(cancelled ? 1 : 0)));
        scheduler.dispose();
      },
      cancel() {
        cancelled = true;
      },
    });
    await expect(scheduler.initialize(endless)).rejects.toMatchObject({ code: "DISPOSED" });
    expect(cancelled).toBe(true);
  });

  it("lets the event loop run in between", async () => {
    const { scheduler } = makeScheduler();
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const bytes = encode(events(20_000));
    turns = 0;
    await scheduler.initialize(bytes);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });
});

describe("the real conferences", () => {
  const bytes = readFileSync(new URL("../../server/demo/conferences.json", import.meta.url));
  const given = JSON.parse(bytes.toString()) as EventInput[];

  it("are scheduled but for those that are invalid, which are named with the reason", async () => {
    const { scheduler } = makeScheduler();
    const report = await scheduler.initialize(bytes);
    expect(report.loaded + report.quarantined).toBe(new Set(given.map(({ event_id }) => event_id)).size);
    expect(report.quarantined).toBeGreaterThan(0);
    const { quarantined } = scheduler.health();
    expect(quarantined).toHaveLength(report.quarantined);
    expect(quarantined.flatMap(({ problems }) => problems.map(({ code }) => code))).toContain("TIME_ZONE_UNKNOWN");
    const [first] = scheduler.getAllEvents();
    expect(first).toMatchObject({ url: expect.stringContaining("http") });
  });
});
