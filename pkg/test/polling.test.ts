import { describe, expect, it } from "vitest";
import { type ClientEventScheduler, httpTransport, type Transport } from "../src/index.js";
import { type MemoryTransport, memoryTransport } from "../src/testing/memory-transport.js";
import { FeedServer } from "./support/feed-server.js";
import { conference, eventually, makeScheduler, NOON, rejected } from "./support/schedulers.js";

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** A back end that has no stream. */
function withoutStream(feed: MemoryTransport): Transport {
  return {
    key: feed.key,
    snapshot: (options) => feed.snapshot(options),
    changes: (cursor, options) => feed.changes(cursor, options),
  };
}

/** Runs, and has read the first snapshot. */
async function polling(transport: Transport, options: object = {}) {
  const made = makeScheduler({ transport, ...options });
  made.scheduler.start();
  await eventually(() => expect(made.scheduler.health().sync.state).toBe("polling"));
  return made;
}

const soon = (id: string, startsIn: number) =>
  conference(id, {
    registration_start_date: null,
    registration_end_date: null,
    start_datetime: Date.parse(NOON) + startsIn,
    end_datetime: Date.parse(NOON) + startsIn + HOUR,
  });

const nextPoll = async (scheduler: ClientEventScheduler): Promise<number> =>
  (await scheduler.previewSync({ limit: 1 })).polls[0]?.at ?? Number.NaN;

describe("a back end without a stream", () => {
  it("is asked when the table says so, and at no other time", async () => {
    const feed = memoryTransport([soon("a", 26 * HOUR)]);
    const { scheduler, clock } = await polling(withoutStream(feed));
    const first = await nextPoll(scheduler);
    expect(first - clock.now()).toBeLessThanOrEqual(4 * HOUR);
    feed.put(soon("b", 30 * HOUR));
    clock.advance(first - clock.now() - 1);
    scheduler.tick();
    expect(feed.requests).toEqual(["snapshot"]);
    clock.advance(1);
    scheduler.tick();
    await eventually(() => expect(scheduler.getEvent("b")).toBeDefined());
    expect(feed.requests).toEqual(["snapshot", "changes"]);
    expect(scheduler.health()).toMatchObject({ state: "ok", sync: { state: "polling", failures: 0, role: "solo" } });
  });

  it("is asked every minute when an event is near, also when that became known only now", async () => {
    const feed = memoryTransport();
    const { scheduler, clock } = await polling(withoutStream(feed));
    const idle = await scheduler.previewSync({ limit: 3 });
    expect(idle).toMatchObject({ mode: "polling" });
    expect(idle.polls.map(({ everyMs, eventId, startsAt }) => [everyMs, eventId, startsAt])).toEqual(
      Array(3).fill([4 * HOUR, null, null]),
    );
    scheduler.addEvent(soon("near", 2 * HOUR));
    const near = await scheduler.previewSync({ limit: 2 });
    expect(near.polls).toMatchObject([
      { everyMs: MINUTE, eventId: "near", startsAt: Date.parse(NOON) + 2 * HOUR },
      { at: (near.polls[0]?.at ?? 0) + MINUTE, everyMs: MINUTE },
    ]);
    clock.advance(MINUTE);
    scheduler.tick();
    // Looked at anew within a minute, or when the page is looked at again.
    scheduler.stop();
    scheduler.start();
    await eventually(() => expect(feed.requests.length).toBeGreaterThan(1));
  });

  it("follows the table of the options", async () => {
    const feed = memoryTransport([soon("a", 50_000)]);
    const options = { polling: { idleMs: 600_000, near: [{ withinMs: MINUTE, everyMs: 5_000 }], afterStartMs: 0 } };
    const { scheduler } = await polling(withoutStream(feed), options);
    const { polls } = await scheduler.previewSync({ limit: 12 });
    expect(polls.map(({ everyMs }) => everyMs)).toEqual([...Array(10).fill(5_000), 600_000, 600_000]);
  });

  it.each([
    ["polling", { polling: 5 }],
    ["polling.near", { polling: { near: [4] } }],
    ["polling.near", { polling: { near: [{ withinMs: 1 }] } }],
    ["polling.idleMs", { polling: { idleMs: -1 } }],
    ["polling", { polling: { idleMs: 5 } }],
  ])("refuses a table that is none, and names %s", (field, options) => {
    expect(() => makeScheduler(options as object)).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ field })] }),
    );
  });

  it("is asked again after a failure, and not by the table", async () => {
    const feed = memoryTransport([soon("a", 26 * HOUR)]);
    const { scheduler, clock } = await polling(withoutStream(feed));
    feed.disconnect();
    clock.advance(4 * HOUR);
    scheduler.tick();
    await eventually(() => expect(scheduler.health().sync).toMatchObject({ state: "retrying", failures: 2 }));
    feed.put(soon("b", 30 * HOUR));
    feed.connect();
    await eventually(() => expect(scheduler.getEvent("b")).toBeDefined());
    expect(scheduler.health().sync).toMatchObject({ state: "polling", failures: 0 });
  });
});

describe("a stream that keeps failing", () => {
  it("is left alone where requests are answered, and the back end is asked instead", async () => {
    const server = await FeedServer.start();
    server.put(soon("a", HOUR));
    const streams: string[] = [];
    const transport = httpTransport({
      baseUrl: server.baseUrl,
      fetch: async (url, init) => {
        if (String(url).includes("/stream")) {
          streams.push(String(url));
          return new Response("<html>", { headers: { "content-type": "text/html" } });
        }
        return fetch(url, init);
      },
    });
    const { scheduler, clock } = await polling(transport);
    expect(streams).toHaveLength(3);
    expect(await scheduler.previewSync({ limit: 1 })).toMatchObject({ mode: "polling", polls: [{ everyMs: MINUTE }] });
    server.put(soon("b", HOUR));
    clock.advance(MINUTE);
    scheduler.tick();
    await eventually(() => expect(scheduler.getEvent("b")).toBeDefined());
    expect(streams).toHaveLength(3);
  });

  it("is tried again at once when nothing at all could be reached meanwhile", async () => {
    const server = await FeedServer.start();
    server.put(soon("a", HOUR));
    const { scheduler } = makeScheduler({ transport: httpTransport({ baseUrl: server.baseUrl }) });
    scheduler.start();
    await eventually(() => expect(scheduler.health().sync.state).toBe("streaming"));
    await server.close();
    await eventually(() => expect(scheduler.health().sync.failures).toBeGreaterThan(4));
    await server.listen();
    await eventually(() => expect(scheduler.health().sync.state).toBe("streaming"));
    expect(await scheduler.previewSync()).toMatchObject({ mode: "stream" });
  });
});

describe("a back end that says when to come again", () => {
  it.each([
    ["seconds", () => "1"],
    ["a date", () => new Date(Date.now() + 2_000).toUTCString()],
  ])("is left alone until then: %s", async (_form, retryAfter) => {
    const server = await FeedServer.start();
    let refusedAt = 0;
    let cameAt = 0;
    const transport = httpTransport({
      baseUrl: server.baseUrl,
      fetch: async (url, init) => {
        if (refusedAt === 0) {
          refusedAt = performance.now();
          return new Response(null, { status: 429, headers: { "retry-after": retryAfter() } });
        }
        cameAt ||= performance.now();
        return fetch(url, init);
      },
    });
    const { scheduler } = makeScheduler({ transport });
    scheduler.start();
    await eventually(() => expect(scheduler.health().sync.lastError?.code).toBe("HTTP_STATUS"));
    // Whoever looks at the page again does not change that.
    scheduler.tick();
    await eventually(() => expect(scheduler.health().sync.state).toBe("streaming"));
    expect(cameAt - refusedAt).toBeGreaterThanOrEqual(990);
  });

  it("is believed for a day at most, and not when it makes no sense", async () => {
    const header = async (value: string): Promise<unknown> => {
      const fetch = async () => new Response(null, { status: 503, headers: { "retry-after": value } });
      const thrown = await rejected(
        httpTransport({ baseUrl: "http://x.test", fetch }).changes("c", { signal: AbortSignal.any([]) }),
      );
      return (thrown as { retryAfterMs: unknown }).retryAfterMs;
    };
    expect(await header("120")).toBe(120_000);
    expect(await header("99999999999")).toBe(24 * HOUR);
    expect(await header("Thu, 01 Jan 1970 00:00:00 GMT")).toBe(0);
    expect(await header("soon")).toBe(null);
  });
});
