import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type ClientEventScheduler,
  createScheduler,
  encryptedStorage,
  InternalError,
  type OpenStorage,
  type SchedulerOptions,
  type SchedulerStorage,
  StoreError,
  type TriggerDelivery,
} from "../src/index.js";
import { memoryStorage } from "../src/ports/memory-storage.js";
import * as glue from "../wasm/client_event_scheduler.js";
import { settle, TestProfile } from "./support/profile.js";
import { afterTest, conference, makeScheduler, NOON, RecordingLogger, TestClock } from "./support/schedulers.js";

afterEach(() => {
  vi.restoreAllMocks();
});

const OPENS = "2026-06-02T12:00:00.000Z";
const CLOSES = "2026-06-03T12:00:00.000Z";

/** A visit: a scheduler on what earlier visits have left in `storage`, with the deliveries that its handler got. */
async function visit(storage: SchedulerStorage, at: string, options: SchedulerOptions = {}) {
  const clock = new TestClock(at);
  const logger = new RecordingLogger();
  const scheduler = await createScheduler({ clock, storage, logger, recoveryDelayMs: 0, ...options });
  afterTest(() => scheduler.dispose());
  const delivered: TriggerDelivery[] = [];
  scheduler.onTrigger((delivery) => void delivered.push(delivery));
  scheduler.start();
  await settle();
  return { scheduler, clock, logger, delivered };
}

/** Time passes for a tab that has been closed in good order. */
async function leave({ scheduler }: { readonly scheduler: ClientEventScheduler }): Promise<void> {
  scheduler.dispose();
  await settle();
}

const codes = (scheduler: ClientEventScheduler): string[] => scheduler.health().issues.map(({ code }) => code);

describe("what is kept", () => {
  it("are the events, so that the next visit has them before any network answers", async () => {
    const storage = memoryStorage();
    const first = await visit(storage, NOON);
    first.scheduler.addEvent(conference("a", { colour: "red" }));
    first.scheduler.addEvent(JSON.stringify(conference("b")));
    first.scheduler.addEvent(conference("c"));
    first.scheduler.removeEvent("c");
    await leave(first);
    const second = await visit(storage, NOON);
    expect(second.scheduler.getAllEvents().map(({ event_id }) => event_id)).toEqual(["a", "b"]);
    expect(second.scheduler.getEvent("a")).toMatchObject({ colour: "red", event_name: "Conference a" });
    expect(second.scheduler.status().triggersQueued).toBe(12);
  });

  it("is what has fired: what came due between two visits is delivered once, by the next", async () => {
    const storage = memoryStorage();
    const first = await visit(storage, NOON);
    first.scheduler.addEvent(conference("a"));
    first.clock.moveTo(OPENS);
    first.scheduler.tick();
    await settle();
    expect(first.delivered.map(({ kind }) => kind)).toEqual(["registration_open"]);
    await leave(first);
    const second = await visit(storage, "2026-06-03T13:00:00Z");
    expect(second.delivered.map(({ kind, cause }) => [kind, cause])).toEqual([["registration_close", "recovered"]]);
    expect(second.delivered[0]?.latenessMs).toBe(3_600_000);
    await leave(second);
    const third = await visit(storage, "2026-06-03T14:00:00Z");
    expect(third.delivered).toEqual([]);
    expect(third.scheduler.status().missed.delivered).toBe(1);
  });

  it("is what is to be done again when a visit ends in the middle of it: as the next attempt", async () => {
    const profile = new TestProfile();
    const first = profile.open();
    first.scheduler.addEvent(conference("a"));
    first.scheduler.onTrigger(() => new Promise(() => undefined));
    first.scheduler.start();
    await settle();
    first.clock.moveTo(OPENS);
    first.scheduler.tick();
    await settle();
    await first.crash();
    const second = await visit(profile.storage, "2026-06-02T12:00:05Z");
    expect(second.delivered.map(({ triggerId, attempt }) => [triggerId, attempt])).toEqual([
      [`a/registration_open@${OPENS}`, 2],
    ]);
  });

  it("are dead letters, which the next visit can retry", async () => {
    const storage = memoryStorage();
    const first = await visit(storage, NOON, { retry: { maxAttempts: 1 } });
    first.scheduler.onTrigger("registration_open", () => {
      throw new Error("the mail server is down");
    });
    first.scheduler.addEvent(conference("a"));
    first.clock.moveTo(OPENS);
    first.scheduler.tick();
    await settle();
    await leave(first);
    const second = await visit(storage, "2026-06-02T13:00:00Z");
    expect(second.scheduler.deadLetters()).toMatchObject([{ reason: "the mail server is down", attempts: 1 }]);
    expect(second.scheduler.retry(`a/registration_open@${OPENS}`)).toBe(true);
    await settle();
    expect(second.delivered).toHaveLength(1);
    expect(second.scheduler.deadLetters()).toEqual([]);
  });

  it("is a pause", async () => {
    const storage = memoryStorage();
    const first = await visit(storage, NOON);
    first.scheduler.pause("moving house");
    await leave(first);
    const second = await visit(storage, NOON);
    expect(second.scheduler.status().paused?.reason).toBe("moving house");
  });

  it("is the whole of a bulk load, and what was changed after it", async () => {
    const storage = memoryStorage();
    const first = await visit(storage, NOON);
    await first.scheduler.initialize(Array.from({ length: 300 }, (_, i) => conference(`e${i}`)));
    first.scheduler.removeEvent("e7");
    first.scheduler.updateEvent("e8", conference("e8", { event_name: "Renamed" }));
    await expect.poll(async () => (await stored(storage)).events.length).toBeGreaterThan(0);
    first.scheduler.updateEvent("e9", conference("e9", { event_name: "Renamed later" }));
    await leave(first);
    const second = await visit(storage, NOON);
    expect(second.scheduler.status().eventsTracked).toBe(299);
    expect(second.scheduler.getEvent("e8")).toMatchObject({ event_name: "Renamed" });
    expect(second.scheduler.getEvent("e9")).toMatchObject({ event_name: "Renamed later" });
  });

  it("are also events that cannot be understood, so that every visit says so", async () => {
    const storage = memoryStorage();
    const first = await visit(storage, NOON);
    const wrong = conference("wrong", { start_datetime: "some day" });
    await first.scheduler.initialize([conference("a"), wrong]);
    const problems = first.scheduler.health().quarantined;
    expect(problems.map(({ eventId }) => eventId)).toEqual(["wrong"]);
    await expect.poll(async () => (await stored(storage)).events.length).toBeGreaterThan(0);
    await leave(first);
    const second = await visit(storage, NOON);
    expect(second.scheduler.health().quarantined).toEqual(problems);
    expect(second.scheduler.status()).toMatchObject({ eventsTracked: 1, eventsQuarantined: 1 });
  });

  it("does not take the place of what was changed before it was read", async () => {
    const storage = memoryStorage();
    const first = await visit(storage, NOON);
    first.scheduler.addEvent(conference("a"));
    first.scheduler.addEvent(conference("b"));
    await leave(first);
    const { scheduler } = makeScheduler({ storage });
    scheduler.updateEvent("a", conference("a", { event_name: "New" }));
    scheduler.removeEvent("b");
    scheduler.addEvent(conference("c"));
    await scheduler.restored;
    expect(scheduler.getAllEvents().map(({ event_name }) => event_name)).toEqual(["New", "Conference c"]);
  });

  it("is written anew when too many changes have piled up", async () => {
    const storage = memoryStorage();
    const { scheduler } = await visit(storage, NOON);
    for (let i = 0; i < 1100; i += 1) {
      scheduler.addEvent(conference(`e${i}`));
    }
    await expect.poll(async () => (await stored(storage)).journal.size, { timeout: 5000 }).toBe(0);
    expect((await stored(storage)).events).not.toHaveLength(0);
  });

  it("can be encrypted, and is begun anew under another key", async () => {
    const inner = memoryStorage();
    const key = (): Promise<CryptoKey> =>
      crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const storage = encryptedStorage(inner, await key());
    const first = await visit(storage, NOON);
    first.scheduler.addEvent(conference("a", { event_name: "A secret" }));
    await expect.poll(async () => (await stored(inner)).journal.size).toBe(1);
    await leave(first);
    expect([...(await stored(inner)).journal.values()].join()).not.toContain("secret");
    const second = await visit(storage, NOON);
    expect(second.scheduler.getEvent("a")).toMatchObject({ event_name: "A secret" });
    await leave(second);
    const third = await visit(encryptedStorage(inner, await key()), NOON);
    expect(third.scheduler.getAllEvents()).toEqual([]);
    expect(codes(third.scheduler)).toContain("STORAGE_SET_ASIDE");
  });

  it("is set aside when it is damaged, and said so", async () => {
    const storage = memoryStorage();
    const first = await visit(storage, NOON);
    first.scheduler.addEvent(conference("a"));
    await leave(first);
    await (await storage.open("default", () => undefined)).write({ durability: "relaxed", state: new Uint8Array(40) });
    const second = await visit(storage, NOON);
    expect(codes(second.scheduler)).toContain("STORAGE_SET_ASIDE");
    second.scheduler.addEvent(conference("b"));
    await leave(second);
    const third = await visit(storage, NOON);
    expect(codes(third.scheduler)).toEqual([]);
    expect(third.scheduler.getAllEvents()).toHaveLength(1);
  });
});

async function stored(storage: SchedulerStorage) {
  return (await storage.open("default", () => undefined)).read();
}

/** Storage whose writes fail from some time on. */
function failing(): { readonly storage: SchedulerStorage; fail: () => void } {
  const inner = memoryStorage();
  let broken = false;
  const storage: SchedulerStorage = {
    kind: "test",
    async open(name, onClosed) {
      const open = await inner.open(name, onClosed);
      return new Proxy(open, {
        get: (target, property: keyof OpenStorage) => {
          const method = target[property]?.bind(target) as (...args: unknown[]) => unknown;
          return property === "write" || property === "changeLease"
            ? async (...args: unknown[]) => {
                if (broken) {
                  throw new StoreError("quota", "the browser has no room left for this page: free some space");
                }
                return method(...args);
              }
            : method;
        },
      });
    },
  };
  return {
    storage,
    fail: () => {
      broken = true;
    },
  };
}

describe("a trap in the core", () => {
  const trap = (): never => {
    throw new WebAssembly.RuntimeError("unreachable");
  };

  it("repeats nothing and forgets nothing of what was kept", async () => {
    const storage = memoryStorage();
    const { scheduler, clock, delivered } = await visit(storage, NOON, { retry: { maxAttempts: 1 } });
    scheduler.onTrigger("registration_close", () => {
      throw new Error("no");
    });
    scheduler.addEvent(conference("a"));
    for (const instant of [OPENS, CLOSES]) {
      clock.moveTo(instant);
      scheduler.tick();
      await settle();
    }
    expect(delivered).toHaveLength(2);
    const letters = scheduler.deadLetters();
    expect(letters).toHaveLength(1);
    vi.spyOn(glue.ClientEventScheduler.prototype, "upsert_fields").mockImplementationOnce(trap);
    expect(() => scheduler.addEvent(conference("b"))).toThrow(InternalError);
    await settle();
    expect(scheduler.deadLetters()).toEqual(letters);
    clock.moveTo("2026-06-03T12:00:01Z");
    scheduler.tick();
    await settle();
    expect(delivered).toHaveLength(2);
    expect(scheduler.status().triggersFired).toBe(2);
  });

  it("between handing out and claiming repeats nothing", async () => {
    const { scheduler, clock, delivered } = await visit(memoryStorage(), NOON);
    scheduler.addEvent(conference("a"));
    clock.moveTo(OPENS);
    scheduler.tick();
    vi.spyOn(glue.ClientEventScheduler.prototype, "status").mockImplementationOnce(trap);
    expect(() => scheduler.status()).toThrow(InternalError);
    await settle();
    clock.advance(100);
    scheduler.tick();
    await settle();
    expect(delivered.map(({ kind, attempt }) => [kind, attempt])).toEqual([["registration_open", 1]]);
  });

  it("while the state is being written is no failure of the storage", async () => {
    const storage = memoryStorage();
    const first = await visit(storage, NOON);
    first.scheduler.addEvent(conference("a"));
    await settle();
    vi.spyOn(glue.ClientEventScheduler.prototype, "state").mockImplementationOnce(trap);
    for (const instant of [OPENS, CLOSES]) {
      first.clock.moveTo(instant);
      first.scheduler.tick();
      await settle();
    }
    expect(first.delivered.map(({ kind }) => kind)).toEqual(["registration_open", "registration_close"]);
    expect(first.scheduler.health().storage.state).toBe("kept");
    await leave(first);
    const second = await visit(storage, "2026-06-03T13:00:00Z");
    expect(second.delivered).toEqual([]);
  });

  it("that has cost events has them read again from what was kept", async () => {
    const storage = memoryStorage();
    const { scheduler } = await visit(storage, NOON);
    const bytes = new TextEncoder().encode(JSON.stringify([conference("only in the core")]));
    await scheduler.initialize(bytes);
    await expect.poll(async () => (await stored(storage)).events.length).toBe(1);
    vi.spyOn(glue.ClientEventScheduler.prototype, "event_ids").mockImplementationOnce(trap);
    vi.spyOn(glue.ClientEventScheduler.prototype, "upsert_fields").mockImplementationOnce(trap);
    expect(() => scheduler.addEvent(conference("b"))).toThrow(InternalError);
    await expect.poll(() => scheduler.getEvent("only in the core")?.event_id).toBe("only in the core");
    expect(scheduler.health().issues).toMatchObject([{ code: "CORE_REBUILT", severity: "warning" }]);
  });
});

describe("a storage that fails", () => {
  it("is said so, and handlers go on running", async () => {
    const { storage, fail } = failing();
    const { scheduler, clock, delivered, logger } = await visit(storage, NOON);
    fail();
    scheduler.addEvent(conference("a"));
    clock.moveTo(OPENS);
    scheduler.tick();
    await settle();
    expect(delivered.map(({ attempt }) => attempt)).toEqual([1]);
    expect(codes(scheduler)).toEqual(["STORAGE_FAILED"]);
    expect(scheduler.health().storage).toMatchObject({ state: "memory", reason: expect.stringContaining("no room") });
    expect(logger.lines.filter((line) => line.startsWith("warn"))).toHaveLength(1);
    clock.moveTo(CLOSES);
    scheduler.tick();
    await settle();
    expect(delivered).toHaveLength(2);
  });

  it("does not keep a handler from running that was about to", async () => {
    const { storage, fail } = failing();
    const { scheduler, clock, delivered } = await visit(storage, NOON);
    scheduler.addEvent(conference("a"));
    await settle();
    fail();
    clock.moveTo(OPENS);
    scheduler.tick();
    await settle();
    expect(delivered.map(({ attempt }) => attempt)).toEqual([1]);
  });

  it("does not keep a page from starting", async () => {
    const storage: SchedulerStorage = {
      kind: "test",
      open: () => Promise.reject(new StoreError("unavailable", "this page may not use the browser's storage")),
    };
    const { scheduler, delivered, clock } = await visit(storage, NOON);
    scheduler.addEvent(conference("a"));
    clock.moveTo(OPENS);
    scheduler.tick();
    await settle();
    expect(delivered).toHaveLength(1);
    expect(codes(scheduler)).toEqual(["STORAGE_FAILED"]);
  });
});
