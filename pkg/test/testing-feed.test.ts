import { expect, it } from "vitest";
import {
  createTestScheduler,
  type MemoryTransport,
  memoryTransport,
  type TestScheduler,
} from "../src/testing/index.js";
import { afterTest, conference, NOON } from "./support/schedulers.js";

async function connected(): Promise<{ test: TestScheduler; feed: MemoryTransport }> {
  const feed = memoryTransport([conference("a")]);
  const test = await createTestScheduler({ now: NOON, transport: feed });
  afterTest(() => test.dispose());
  return { test, feed };
}

const ids = ({ scheduler }: TestScheduler): string[] => scheduler.getAllEvents().map(({ event_id }) => event_id);

it("a scheduler has the events of the back end in memory, and follows what changes there", async () => {
  const { test, feed } = await connected();
  expect(ids(test)).toEqual(["a"]);
  expect(test.scheduler.health()).toMatchObject({ state: "ok", sync: { state: "streaming" } });
  feed.put(conference("b", { registration_start_date: "2026-06-01T13:00:00Z" }));
  feed.remove("a");
  await test.settle();
  expect(ids(test)).toEqual(["b"]);
  await test.advance("1 h");
  expect(test.deliveries.map(({ triggerId }) => triggerId)).toEqual(["b/registration_open@2026-06-01T13:00:00.000Z"]);
  expect(feed.requests).toEqual(["snapshot", "stream"]);
});

it("what happens while the connection is cut is caught up on afterwards", async () => {
  const { test, feed } = await connected();
  feed.disconnect();
  await test.settle();
  expect(test.scheduler.health().sync).toMatchObject({ state: "retrying", lastError: { code: "NETWORK" } });
  feed.put(conference("b"));
  await test.reconnect();
  expect(ids(test)).toEqual(["a"]);
  feed.connect();
  await test.reconnect();
  expect(ids(test)).toEqual(["a", "b"]);
  expect(test.scheduler.health().sync).toMatchObject({ state: "streaming", failures: 0 });
});

it("a feed that has forgotten has to be read anew", async () => {
  const { test, feed } = await connected();
  feed.put(conference("b"));
  await test.settle();
  feed.expireCursor();
  feed.remove("a");
  await test.settle();
  expect(ids(test)).toEqual(["b"]);
  expect(feed.requests).toEqual(["snapshot", "stream", "snapshot", "stream"]);
});

it("a scheduler that is stopped listens no more", async () => {
  const { test, feed } = await connected();
  test.scheduler.stop();
  feed.put(conference("b"));
  await test.reconnect();
  expect(ids(test)).toEqual(["a"]);
  test.scheduler.start();
  await test.settle();
  expect(ids(test)).toEqual(["a", "b"]);
});
