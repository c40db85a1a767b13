import { afterEach, describe, expect, it } from "vitest";
import type { EventInput, FeedChange, StreamMessage, Transport } from "../src/index.js";
import { httpTransport } from "../src/index.js";
import { openRelay } from "../src/sync/relay.js";
import type { SyncHealth } from "../src/sync/sync-health.js";
import { SyncLoop } from "../src/sync/sync-loop.js";
import { FeedServer } from "./support/feed-server.js";
import { afterTest, conference, RecordingLogger } from "./support/schedulers.js";
import { TestLocks } from "./support/tabs.js";

const FAST = { silenceMs: 60, tickMs: 20 };
const NEVER_SILENT = { silenceMs: 1_000_000, tickMs: 1_000 };

/** A tab with a map in the place of a scheduler: what is applied shows in it. */
class Tab {
  readonly events = new Map<string, EventInput>();
  /** How often it was said that everything is known. */
  synced = 0;
  readonly loop: SyncLoop;
  readonly #waiting: { holds: () => boolean; resolve: () => void }[] = [];

  constructor(
    server: FeedServer,
    locks: Pick<TestLocks, "leadership"> | null,
    transport: Partial<Transport> = {},
    timing = FAST,
  ) {
    const real = httpTransport({ baseUrl: server.baseUrl });
    const apply = (change: FeedChange): void => {
      if (change.deleted) {
        this.events.delete(change.eventId);
      } else {
        this.events.set(change.eventId, change.event);
      }
    };
    this.loop = new SyncLoop({
      transport: {
        key: real.key,
        snapshot: (options) => real.snapshot(options),
        changes: (cursor, options) => real.changes(cursor, options),
        ...(real.stream !== undefined && { stream: real.stream }),
        ...transport,
      },
      name: "test",
      logger: new RecordingLogger(),
      timing,
      leadership: locks?.leadership ?? null,
      target: {
        load: async (source) => {
          const { cursor, events } = await (source as Response).json();
          this.events.clear();
          for (const event of events) {
            this.events.set(event.event_id, event);
          }
          return cursor;
        },
        applyFeed: apply,
        applyRelayed: apply,
        synced: () => {
          this.synced += 1;
        },
        checksum: () => [...this.events.keys()].sort().join(" "),
        now: () => Date.now(),
        serverNews: async () => undefined,
        clockWanted: () => false,
        nextPoll: async () => Number.POSITIVE_INFINITY,
        retryDelayMs: () => 5,
        changed: () => this.#ask(),
      },
    });
    afterTest(() => this.loop.stop());
    this.loop.start();
  }

  get health(): SyncHealth {
    return this.loop.health;
  }

  /** Resolves once `holds`. */
  async until(holds: () => boolean): Promise<void> {
    if (!holds()) {
      await new Promise<void>((resolve) => this.#waiting.push({ holds, resolve }));
    }
  }

  #ask(): void {
    queueMicrotask(() => {
      for (const waiting of this.#waiting.splice(0)) {
        if (waiting.holds()) {
          waiting.resolve();
        } else {
          this.#waiting.push(waiting);
        }
      }
    });
  }
}

async function twoTabs(server: FeedServer): Promise<{ leader: Tab; follower: Tab; locks: TestLocks }> {
  server.heartbeatMs = 15;
  const locks = new TestLocks();
  const leader = new Tab(server, locks);
  await leader.until(() => leader.health.state === "streaming");
  const follower = new Tab(server, locks);
  await follower.until(() => follower.health.state === "following" && follower.health.cursor !== null);
  return { leader, follower, locks };
}

afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
});

describe("several tabs", () => {
  it("share one stream", async () => {
    const server = await FeedServer.start();
    const { leader, follower } = await twoTabs(server);
    server.put(conference("a"));
    await follower.until(() => follower.events.has("a"));
    expect(leader.events.has("a")).toBe(true);
    expect(server.count("/stream")).toBe(1);
    expect([leader.health.role, follower.health.role]).toEqual(["leader", "follower"]);
    expect(follower.health.cursor).toBe("e1.1");
    const before = follower.synced;
    await follower.until(() => follower.synced > before);
  });

  it("hear at once of what is changed in one of them", async () => {
    const server = await FeedServer.start();
    const { leader, follower } = await twoTabs(server);
    follower.loop.localChange("mine", () => ({ eventId: "mine", deleted: false, event: conference("mine") }));
    await leader.until(() => leader.events.has("mine"));
    leader.loop.localChange("mine", () => ({ eventId: "mine", deleted: true }));
    await follower.until(() => !follower.events.has("mine"));
  });

  it("relay an event with something in it that cannot be cloned", async () => {
    const server = await FeedServer.start();
    const { leader, follower } = await twoTabs(server);
    const event = conference("mine", { format: () => "no" });
    follower.loop.localChange("mine", () => ({ eventId: "mine", deleted: false, event }));
    await leader.until(() => leader.events.has("mine"));
    expect(leader.events.get("mine")).toEqual(conference("mine"));
  });

  it("hand the stream over when the tab that holds it closes, and lose nothing", async () => {
    const server = await FeedServer.start();
    const { leader, follower } = await twoTabs(server);
    leader.loop.stop();
    server.put(conference("meanwhile"));
    await follower.until(() => follower.health.role === "leader" && follower.events.has("meanwhile"));
    expect(server.count("/snapshot")).toBe(2);
    expect(server.streams.size).toBe(1);
  });

  it("ask the back end themselves when the tab that holds the stream has gone silent", async () => {
    const server = await FeedServer.start();
    // A frozen tab keeps its lock and says nothing any more.
    const locks = { leadership: { lead: () => new Promise<void>(() => undefined) } };
    const tab = new Tab(server, locks);
    await tab.until(() => tab.health.state === "following");
    for (const id of ["a", "b", "c"]) {
      server.put(conference(id));
    }
    await tab.until(() => tab.events.size === 3);
    expect(tab.health).toMatchObject({ state: "polling", role: "follower", cursor: "e1.3" });
    expect(server.requests.slice(0, 3)).toEqual(["/snapshot", "/changes", "/changes"]);
    server.epoch = "e2";
    server.delete("a");
    await tab.until(() => tab.events.size === 2);
    expect(server.count("/snapshot")).toBe(2);
    expect(server.count("/stream")).toBe(0);
  });

  it("all take a snapshot when the feed begins anew", async () => {
    const server = await FeedServer.start();
    const { leader, follower } = await twoTabs(server);
    server.put(conference("old"));
    await follower.until(() => follower.events.has("old"));
    server.epoch = "e2";
    server.delete("old");
    server.put(conference("new"));
    server.dropStreams();
    await Promise.all(
      [leader, follower].map((tab) => tab.until(() => tab.health.cursor === "e2.3" && tab.events.has("new"))),
    );
    for (const tab of [leader, follower]) {
      expect([...tab.events.keys()]).toEqual(["new"]);
    }
  });

  it("take the word of a tab that lags behind for no divergence, and what the back end says itself for one", async () => {
    const server = await FeedServer.start();
    server.put(conference("a"));
    server.put(conference("b"));
    server.checksum = "a b";
    const locks = { leadership: { lead: () => new Promise<void>(() => undefined) } };
    const tab = new Tab(server, locks, {}, NEVER_SILENT);
    await tab.until(() => tab.health.state === "following");
    const lagging = openRelay(`test@${server.baseUrl}`, () => undefined);
    afterTest(() => lagging?.close());
    const bookmark = (checksum: string): void =>
      lagging?.post({ type: "stream", message: { type: "bookmark", cursor: "e1.1", upToDate: { checksum } } });

    bookmark("a");
    await tab.until(() => tab.synced > 0);
    expect(tab.health).toMatchObject({ state: "following", cursor: "e1.2", divergences: 0 });
    expect(server.requests).toEqual(["/snapshot", "/changes"]);

    server.checksum = "a b c";
    bookmark("a b c");
    await server.until(() => server.count("/snapshot") === 2);
    await tab.until(() => tab.health.divergences === 1 && tab.health.state === "following");
  });

  it("each hold a stream where there are no locks", async () => {
    const server = await FeedServer.start();
    const tabs = [new Tab(server, null), new Tab(server, null)];
    await Promise.all(tabs.map((tab) => tab.until(() => tab.health.state === "streaming")));
    expect(tabs.map(({ health }) => health.role)).toEqual(["solo", "solo"]);
    expect(server.streams.size).toBe(2);
  });
});

describe("the tab that holds the stream", () => {
  it("opens another one when it has gone silent", async () => {
    const server = await FeedServer.start();
    server.heartbeatMs = 1_000_000;
    const tab = new Tab(server, null);
    await tab.until(() => tab.health.state === "streaming");
    await server.until(() => server.count("/stream") >= 2);
    expect(server.streams.size).toBeLessThanOrEqual(1);
    await tab.until(() => tab.health.state === "streaming");
  });

  it("knows everything when the stream has said so, and not by a heartbeat on the way there", async () => {
    const server = await FeedServer.start();
    const synced: number[] = [];
    const tab: Tab = new Tab(server, null, {
      async *stream(_, { signal }) {
        const steps: StreamMessage[] = [
          { type: "heartbeat" },
          { type: "change", cursor: "e1.1", change: { eventId: "a", deleted: false, event: conference("a") } },
          { type: "bookmark", cursor: "e1.1", upToDate: null },
          { type: "heartbeat" },
          { type: "bookmark", cursor: "e1.1", upToDate: { checksum: null } },
          { type: "change", cursor: "e1.2", change: { eventId: "a", deleted: true } },
          { type: "heartbeat" },
        ];
        for (const step of steps) {
          synced.push(tab.synced);
          yield step;
        }
        synced.push(tab.synced);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    });
    await tab.until(() => synced.length === 8 || tab.health.cursor === "e1.2");
    await new Promise((resolve) => setImmediate(resolve));
    expect(synced).toEqual([0, 0, 0, 0, 0, 1, 1, 2]);
  });

  it("waits between attempts that no snapshot mends", async () => {
    const server = await FeedServer.start();
    const tab = new Tab(server, null, {
      // biome-ignore lint/correctness/useYield: it never gets that far
      async *stream() {
        const { SyncError } = await import("../src/index.js");
        throw new SyncError("CURSOR_EXPIRED", "gone", { retryable: true });
      },
    });
    await tab.until(() => tab.health.failures > 0);
    expect(tab.health).toMatchObject({ state: "retrying", lastError: { code: "CURSOR_EXPIRED" } });
  });
});
