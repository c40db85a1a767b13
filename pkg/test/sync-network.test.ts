import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Engine } from "../src/engine/engine.js";
import { ClientEventScheduler, type EventInput } from "../src/index.js";
import { bulkLoad } from "../src/load/bulk-load.js";
import { rawConfig } from "../src/options.js";
import { silentLogger } from "../src/ports/logger.js";
import { loadWasmSync } from "../src/wasm/loader.js";
import { settle, TestProfile, type TestTab } from "./support/profile.js";
import { Random, SEED } from "./support/random.js";
import { conference, NOON, TestClock } from "./support/schedulers.js";
import { SimNetwork, SimServer } from "./support/sim-server.js";

/** Short runs in the suite; `cargo xtask soak --network` sets more. */
const RUNS = Number(process.env.CES_NETWORK_RUNS ?? 200);
const ACTIVE_SECONDS = 60;
/** As long as a retry may wait, and then a change be unconfirmed. */
const QUIET_SECONDS = 150;
const EVENTS = 6;
const RUNS_PER_TEST = 20;

const ignore = (): void => undefined;
const clock = new TestClock(NOON);
const owner = { changed: ignore, statusChanged: ignore, fired: ignore, undelivered: ignore, rebuilt: ignore };

beforeAll(async () => {
  // What decides when to ask is loaded once, in real time.
  const scheduler = new ClientEventScheduler({ clock, logger: false });
  await scheduler.previewSync();
  scheduler.dispose();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The core's own checksum over these events, as a back end computes it. */
function checksumBy(engine: Engine): (events: readonly EventInput[]) => string {
  return (events) => {
    for (const eventId of engine.eventIds()) {
      engine.remove(eventId, Number.NaN, 0);
    }
    for (const event of events) {
      engine.upsert(event.event_id, event, 0);
    }
    return engine.checksum();
  };
}

/** One browser: a profile with one tab or two, and its way to the server. */
class Browser {
  readonly profile = new TestProfile();
  readonly network: SimNetwork;
  readonly tabs: TestTab[];

  constructor(server: SimServer, random: Random, name: string, tabs: number, withStream: boolean) {
    const weather = {
      lost: random.next() * 0.4,
      repeated: random.next() * 0.5,
      reordered: random.next() * 0.5,
      slowestMs: 1 + random.below(3000),
    };
    this.network = new SimNetwork(server, random, weather);
    const transport = this.network.transport(name, withStream);
    const polling = { idleMs: 20_000, near: [], afterStartMs: 0 };
    this.tabs = Array.from({ length: tabs }, () => this.profile.open({ name, transport, polling }));
    for (const { scheduler } of this.tabs) {
      scheduler.start();
    }
  }
}

/** An admin changes an event in a tab: at once there, and then at the server, if the request gets through. */
async function edit(server: SimServer, browser: Browser, random: Random): Promise<void> {
  const { scheduler } = random.pick(browser.tabs);
  const eventId = `e${random.below(EVENTS)}`;
  const event = conference(eventId, {
    start_datetime: `2026-06-04T${10 + random.below(10)}:00:00Z`,
    venue: random.below(100),
  });
  if (random.below(4) === 0) {
    scheduler.removeEvent(eventId);
    await browser.network.send(() => server.remove(eventId));
  } else {
    scheduler.updateEvent(eventId, event);
    await browser.network.send(() => server.put(eventId, event));
  }
}

function misfortune(server: SimServer, browsers: readonly Browser[], random: Random, seconds: number): void {
  const browser = random.pick(browsers);
  switch (random.below(40)) {
    case 0:
      server.restart();
      break;
    case 1:
      server.newEpoch();
      break;
    case 2:
      server.forget();
      break;
    case 3:
    case 4:
      browser.network.down = true;
      browser.network.cut();
      break;
    case 5:
      browser.network.cut();
      break;
    case 6:
      random.pick(browser.tabs).freeze();
      break;
  }
  // Whatever is down comes back after a while.
  if (random.below(6) === 0) {
    server.up = true;
    browser.network.down = false;
    for (const tab of browser.tabs) {
      void tab.thaw();
    }
  }
  if (seconds % 10 === 0) {
    server.heartbeat();
  }
}

async function second(browsers: readonly Browser[]): Promise<void> {
  await vi.advanceTimersByTimeAsync(1000);
  for (const tab of browsers.flatMap(({ profile }) => profile.tabs)) {
    tab.clock.advance(1000);
    if (!tab.frozen) {
      tab.tick();
    }
  }
  await settle();
}

/** The queue as text. */
const queueOf = (scheduler: ClientEventScheduler): string =>
  scheduler
    .queue({ limit: 1000 })
    .map(({ triggerId }) => triggerId)
    .join("\n");

async function run(
  seed: number,
): Promise<{ readonly server: string; readonly clients: readonly string[]; readonly health: unknown }> {
  const random = new Random(seed);
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
    now: Date.parse(NOON),
  });
  vi.spyOn(Math, "random").mockImplementation(() => random.next());
  const engine = new Engine({ module: loadWasmSync(), config: rawConfig({}), clock, logger: silentLogger, owner });
  const server = new SimServer(checksumBy(engine));
  for (let i = 0; i < 3; i += 1) {
    server.put(`e${i}`, conference(`e${i}`));
  }
  const browsers = [
    new Browser(server, random, `two tabs ${seed}`, 2, true),
    new Browser(server, random, `one tab ${seed}`, 1, true),
    new Browser(server, random, `without a stream ${seed}`, 1, false),
  ];
  for (let s = 0; s < ACTIVE_SECONDS; s += 1) {
    for (const browser of browsers) {
      if (random.below(8) === 0) {
        void edit(server, browser, random);
      }
    }
    misfortune(server, browsers, random, s);
    await second(browsers);
  }
  server.up = true;
  for (const browser of browsers) {
    browser.network.calm();
    for (const tab of browser.tabs) {
      await tab.thaw();
    }
  }
  for (let s = 0; s < QUIET_SECONDS; s += 1) {
    // Somebody else goes on changing things that have nothing to do with what is compared.
    if (s % 10 === 0) {
      server.put("other", conference("other", { venue: s }));
      server.heartbeat();
    }
    await second(browsers);
  }
  const tabs = browsers.flatMap((browser) => browser.tabs);
  const truth = new Engine({
    module: loadWasmSync(),
    config: rawConfig({}),
    clock: tabs[0]?.clock ?? clock,
    logger: silentLogger,
    owner,
  });
  await bulkLoad(truth, server.snapshot());
  const expected = truth
    .queue(1000)
    .map(({ triggerId }) => triggerId)
    .join("\n");
  const result = {
    server: expected,
    clients: tabs.map(({ scheduler }) => queueOf(scheduler)),
    health: tabs.map(({ scheduler }) => scheduler.health().sync),
  };
  for (const { scheduler } of tabs) {
    scheduler.dispose();
  }
  truth.dispose();
  engine.dispose();
  await settle();
  vi.useRealTimers();
  vi.restoreAllMocks();
  return result;
}

/** Seeds that have found something. */
const KEPT_SEEDS = [840_856_735];

async function check(seed: number): Promise<void> {
  const { server, clients, health } = await run(seed);
  expect(server, `CES_SEED=${seed} CES_NETWORK_RUNS=1`).not.toBe("");
  for (const [tab, queue] of clients.entries()) {
    expect(queue, `CES_SEED=${seed} CES_NETWORK_RUNS=1, tab ${tab}: ${JSON.stringify(health)}`).toBe(server);
  }
}

describe(`after loss, delay, repetition, restarts and edits of the same events, CES_SEED=${SEED}`, () => {
  const batches = Math.ceil(RUNS / RUNS_PER_TEST);
  it.each(Array.from({ length: batches }, (_, batch) => batch))(
    "every tab has the queue that the server has, batch %i",
    async (batch) => {
      const first = SEED + batch * RUNS_PER_TEST;
      for (let seed = first; seed < Math.min(first + RUNS_PER_TEST, SEED + RUNS); seed += 1) {
        await check(seed);
      }
    },
    600_000,
  );
  it.each(KEPT_SEEDS)("every tab has the queue that the server has, seed %i", check, 60_000);
});
