import { describe, expect, it } from "vitest";
import { type ClientEventScheduler, httpTransport, type SchedulerOptions } from "../src/index.js";
import { FeedServer } from "./support/feed-server.js";
import { conference, makeScheduler, NOON, RecordingLogger, TestClock } from "./support/schedulers.js";

/** Resolves once `holds`; asked whenever the scheduler has changed. */
async function until(scheduler: ClientEventScheduler, holds: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const ask = (): void => {
      if (holds()) {
        end();
        resolve();
      }
    };
    const end = scheduler.subscribe(ask);
    ask();
  });
}

async function connected(server: FeedServer, options: SchedulerOptions = {}): Promise<ClientEventScheduler> {
  const { scheduler } = makeScheduler({ transport: httpTransport({ baseUrl: server.baseUrl }), ...options });
  scheduler.start();
  await until(scheduler, () => scheduler.health().sync.state === "streaming");
  return scheduler;
}

const ids = (scheduler: ClientEventScheduler): string[] =>
  scheduler
    .getAllEvents()
    .map(({ event_id }) => event_id)
    .sort();

describe("synchronising", () => {
  it("starts from a snapshot and follows the stream", async () => {
    const server = await FeedServer.start();
    server.put(conference("before"));
    const scheduler = await connected(server);
    expect(ids(scheduler)).toEqual(["before"]);
    server.put(conference("added"));
    server.put(conference("before", { start_datetime: "2026-06-04T13:00:00Z", revision: 2 }));
    await until(scheduler, () => scheduler.health().sync.cursor === "e1.3");
    expect(ids(scheduler)).toEqual(["added", "before"]);
    expect(scheduler.queue({ eventId: "before" })[2]?.dueAt).toBe(Date.parse("2026-06-04T13:00:00Z"));
    server.delete("before");
    await until(scheduler, () => scheduler.getEvent("before") === undefined);
    expect(scheduler.health()).toMatchObject({
      state: "ok",
      sync: { state: "streaming", role: "solo", failures: 0, lastError: null },
    });
    expect(server.requests).toEqual(["/snapshot", "/stream"]);
  });

  it("keeps every field of an event that came through the feed", async () => {
    const server = await FeedServer.start();
    const scheduler = await connected(server);
    server.put(conference("a", { venue: { city: "Pune" }, tags: ["x"] }));
    await until(scheduler, () => scheduler.getEvent("a") !== undefined);
    expect(scheduler.getEvent("a")).toMatchObject({ venue: { city: "Pune" }, tags: ["x"] });
  });

  it("quarantines an invalid event of the feed and takes the others", async () => {
    const server = await FeedServer.start();
    const logger = new RecordingLogger();
    const scheduler = await connected(server, { logger });
    server.put(conference("bad"));
    await until(scheduler, () => scheduler.getEvent("bad") !== undefined);
    server.put(conference("bad", { start_datetime: "soon" }));
    server.put(conference("good"));
    await until(scheduler, () => scheduler.getEvent("good") !== undefined);
    expect(ids(scheduler)).toEqual(["good"]);
    expect(scheduler.health()).toMatchObject({
      quarantined: [{ eventId: "bad", problems: [{ field: "start_datetime", code: "DATE_MALFORMED" }] }],
    });
    expect(logger.lines.join()).toContain("the event bad is invalid");
    server.put(conference("bad"));
    await until(scheduler, () => scheduler.getEvent("bad") !== undefined);
    expect(scheduler.health().quarantined).toEqual([]);
  });

  it("goes on where it was when the stream breaks", async () => {
    const server = await FeedServer.start();
    server.put(conference("a"));
    const scheduler = await connected(server);
    await server.close();
    server.put(conference("b"));
    server.put(conference("c"));
    server.delete("a");
    await server.listen();
    await until(scheduler, () => ids(scheduler).join() === "b,c");
    expect(server.count("/snapshot")).toBe(1);
  });

  it("takes a fresh snapshot when its place in the feed is forgotten", async () => {
    const server = await FeedServer.start();
    server.put(conference("a"));
    const scheduler = await connected(server);
    server.epoch = "e2";
    server.delete("a");
    server.put(conference("b"));
    server.dropStreams();
    await until(scheduler, () => scheduler.health().sync.cursor === "e2.3");
    expect(ids(scheduler)).toEqual(["b"]);
    expect(server.count("/snapshot")).toBe(2);
  });

  it("keeps the last good state while the back end is away, says so, and recovers", async () => {
    const server = await FeedServer.start();
    server.put(conference("a"));
    const scheduler = await connected(server);
    server.refuseWith = 503;
    server.dropStreams();
    await until(scheduler, () => scheduler.health().sync.failures >= 3);
    expect(ids(scheduler)).toEqual(["a"]);
    expect(scheduler.health()).toMatchObject({
      state: "degraded",
      issues: [{ code: "SYNC_FAILING" }],
      sync: { state: "retrying", lastError: { code: "HTTP_STATUS" } },
    });
    server.refuseWith = null;
    server.put(conference("b"));
    await until(scheduler, () => scheduler.health().sync.state === "streaming");
    expect(ids(scheduler)).toEqual(["a", "b"]);
    expect(scheduler.health().state).toBe("ok");
  });

  it("retries a first snapshot that fails, and one that is not the contract's", async () => {
    const server = await FeedServer.start();
    let answers = 0;
    const transport = httpTransport({
      baseUrl: server.baseUrl,
      fetch: async (url, init) => {
        answers += 1;
        if (answers === 1) {
          throw new TypeError("no network");
        }
        return answers === 2 ? new Response("<!doctype html>") : answers === 3 ? Response.json([]) : fetch(url, init);
      },
    });
    server.put(conference("a"));
    const scheduler = await connected(server, { transport });
    expect(ids(scheduler)).toEqual(["a"]);
    expect(answers).toBe(5);
  });

  it("catches up with the changes when it is started again, without a snapshot", async () => {
    const server = await FeedServer.start();
    const scheduler = await connected(server);
    scheduler.stop();
    await server.until(({ streams }) => streams.size === 0);
    for (const id of ["a", "b", "c", "d", "e"]) {
      server.put(conference(id));
    }
    expect(scheduler.health().sync.state).toBe("off");
    scheduler.start();
    await until(scheduler, () => scheduler.health().sync.state === "streaming");
    expect(ids(scheduler)).toEqual(["a", "b", "c", "d", "e"]);
    expect(server.requests).toEqual(["/snapshot", "/stream", "/changes", "/changes", "/changes", "/stream"]);
  });

  it("goes on from a snapshot that the application has loaded itself", async () => {
    const server = await FeedServer.start();
    server.put(conference("a"));
    const { scheduler } = makeScheduler({ transport: httpTransport({ baseUrl: server.baseUrl }) });
    await scheduler.initialize(await fetch(`${server.baseUrl}/snapshot`));
    server.put(conference("b"));
    scheduler.start();
    await until(scheduler, () => scheduler.health().sync.state === "streaming");
    expect(ids(scheduler)).toEqual(["a", "b"]);
    expect(server.count("/snapshot")).toBe(1);
  });

  it("repairs a difference with a snapshot, once, and only says so when that does not help", async () => {
    const server = await FeedServer.start();
    server.put(conference("a"));
    const scheduler = await connected(server);
    server.checksum = "0123456789abcdef";
    server.bookmark();
    await until(scheduler, () => scheduler.health().sync.divergences === 1);
    await server.until(() => server.count("/snapshot") === 2);
    await until(scheduler, () => scheduler.health().sync.state === "streaming");
    server.bookmark();
    await until(scheduler, () => scheduler.health().sync.divergences === 2);
    server.bookmark();
    await until(scheduler, () => scheduler.health().sync.divergences === 3);
    expect(server.count("/snapshot")).toBe(2);
    expect(scheduler.health().issues).toMatchObject([{ code: "SYNC_DIVERGED" }]);
  });

  it("does not take an unconfirmed change of its own for a difference", async () => {
    const server = await FeedServer.start();
    const scheduler = await connected(server);
    server.checksum = "0123456789abcdef";
    scheduler.addEvent(conference("mine"));
    server.bookmark();
    server.put(conference("theirs"));
    await until(scheduler, () => scheduler.getEvent("theirs") !== undefined);
    expect(ids(scheduler)).toEqual(["mine", "theirs"]);
    expect(scheduler.health().sync.divergences).toBe(0);
  });

  it("sends the headers that it is given, anew each time", async () => {
    const server = await FeedServer.start();
    let token = 0;
    const transport = httpTransport({
      baseUrl: new URL(`${server.baseUrl}/`),
      headers: async () => ({ authorization: `Bearer ${++token}` }),
    });
    await connected(server, { transport });
    expect(server.lastHeaders).toMatchObject({ authorization: "Bearer 2", accept: "text/event-stream" });
  });

  it("lets the stream go when it is disposed", async () => {
    const server = await FeedServer.start();
    const scheduler = await connected(server);
    scheduler.dispose();
    await server.until(({ streams }) => streams.size === 0);
    expect(server.requests).toEqual(["/snapshot", "/stream"]);
  });

  it("does not let a late echo bring back what was removed", async () => {
    const server = await FeedServer.start();
    const scheduler = await connected(server);
    server.put(conference("a", { revision: 3 }));
    server.delete("a", 4);
    server.put(conference("a", { revision: 3 }));
    server.put(conference("b"));
    await until(scheduler, () => scheduler.getEvent("b") !== undefined);
    expect(ids(scheduler)).toEqual(["b"]);
    server.put(conference("a", { revision: 5 }));
    server.delete("b");
    await until(scheduler, () => scheduler.getEvent("b") === undefined);
    server.delete("a", 4);
    server.put(conference("c"));
    await until(scheduler, () => scheduler.getEvent("c") !== undefined);
    expect(ids(scheduler)).toEqual(["a", "c"]);
  });

  it.each(["a bookmark", "a heartbeat", "nothing"])(
    "counts as missed what was due since the back end was last heard of, here with %s",
    async (news) => {
      const server = await FeedServer.start();
      server.heartbeatMs = 15;
      const clock = new TestClock(NOON);
      const scheduler = await connected(server, { clock });
      const later = Date.parse(NOON) + 3_600_000;
      if (news === "nothing") {
        scheduler.stop();
        await server.until(({ streams }) => streams.size === 0);
        server.put(conference("late", { registration_start_date: "2026-06-01T12:30:00Z" }));
        clock.advance(3_600_000);
        scheduler.start();
      } else {
        server.heartbeatMs = news === "a bookmark" ? 1e6 : 15;
        clock.advance(3_600_000);
        scheduler.tick();
        if (news === "a bookmark") {
          server.bookmark();
        }
        await until(scheduler, () => scheduler.health().sync.lastContactAt === later);
        server.put(conference("late", { registration_start_date: "2026-06-01T12:30:00Z" }));
      }
      await until(scheduler, () => scheduler.getEvent("late") !== undefined);
      scheduler.tick();
      expect(scheduler.status().missed.detected).toBe(news === "nothing" ? 1 : 0);
      expect((await scheduler.explain("late")).triggers[0]?.state.type).toBe(
        news === "nothing" ? "settled" : "placed_in_past",
      );
    },
  );
});
