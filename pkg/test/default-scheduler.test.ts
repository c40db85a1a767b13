import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { conference, RecordingLogger } from "./support/schedulers.js";

type Package = typeof import("../src/index.js");

const REGISTRY = Symbol.for("client-event-scheduler/registry/1");

/** A copy of the package of its own, as a page has it that has just been loaded. */
async function freshCopy(): Promise<Package> {
  vi.resetModules();
  return import("../src/index.js");
}

let unhandled: unknown[] = [];
const remember = (reason: unknown): void => {
  unhandled.push(reason);
};

beforeEach(() => {
  unhandled = [];
  process.on("unhandledRejection", remember);
  delete (globalThis as { [REGISTRY]?: unknown })[REGISTRY];
});

afterEach(async () => {
  const registry = (globalThis as { [REGISTRY]?: { schedulers: Set<{ dispose(): void }> } })[REGISTRY];
  for (const scheduler of registry?.schedulers ?? []) {
    scheduler.dispose();
  }
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", remember);
});

describe("the module functions", () => {
  it("carry out what was asked before the wasm was loaded, in order", async () => {
    const copy = await freshCopy();
    const scheduler = copy.startScheduler({ logger: false });
    const results = await Promise.all([
      copy.addEventToScheduler(conference("a")),
      copy.updateEventInScheduler("a", conference("a", { start_datetime: "2026-06-04T13:00:00Z" })),
      copy.removeEventFromScheduler("a"),
      copy.addEventToScheduler(conference("a", { approval_required: true })),
      copy.handleEventApproval("a", conference("a", { approval_required: true })),
      copy.handleEventDecline("a"),
      copy.removeEventFromScheduler("b"),
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual([
      "added",
      "updated",
      "removed",
      "added",
      "updated",
      "updated",
      "not_found",
    ]);
    expect((await scheduler).getEventStatus("a")?.status).toBe("declined");
  });

  it("start the scheduler on first use, once, and not again after it was stopped", async () => {
    const copy = await freshCopy();
    expect(await copy.stopScheduler()).toBeUndefined();
    expect((await copy.getSchedulerStatus()).running).toBe(true);
    await copy.setMaxDowntimeHours(48);
    expect((await copy.getSchedulerStatus()).maxDowntimeHours).toBe(48);
    await copy.stopScheduler();
    await copy.addEventToScheduler(conference("a"));
    expect(await copy.getSchedulerStatus()).toMatchObject({ running: false, eventsTracked: 1 });
    await copy.startScheduler();
    expect((await copy.getSchedulerStatus()).running).toBe(true);
  });

  it("reject with the typed error, which nobody has to look at", async () => {
    const copy = await freshCopy();
    const logger = new RecordingLogger();
    void copy.startScheduler({ logger });
    void copy.addEventToScheduler({ event_id: "" });
    void copy.updateEventInScheduler("a", { start_datetime: "soon" });
    void copy.removeEventFromScheduler(7 as unknown as string);
    void copy.setMaxDowntimeHours(-1);
    await expect(copy.addEventToScheduler({ event_id: "" })).rejects.toBeInstanceOf(copy.InvalidInputError);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(unhandled).toEqual([]);
    expect(logger.lines.filter((line) => line.includes("has failed"))).toHaveLength(5);
  });

  it("try again after a load that has failed", async () => {
    const copy = await freshCopy();
    const compile = vi
      .spyOn(WebAssembly, "compile")
      .mockRejectedValueOnce(new WebAssembly.CompileError("blocked by Content Security Policy"));
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    await expect(copy.addEventToScheduler(conference("a"))).rejects.toMatchObject({
      name: "WasmLoadError",
      code: "WASM_BLOCKED",
    });
    expect((await copy.addEventToScheduler(conference("a"))).outcome).toBe("added");
    expect(compile).toHaveBeenCalledTimes(2);
    expect(unhandled).toEqual([]);
  });

  it("say that options come too late", async () => {
    const copy = await freshCopy();
    const logger = new RecordingLogger();
    const first = await copy.startScheduler({ logger: false });
    expect(await copy.startScheduler({ logger, tickMs: 2000 })).toBe(first);
    expect(logger.lines.join()).toContain("too late");
  });

  it("act on one scheduler even from two copies of the package, with a warning that names both versions", async () => {
    const first = await freshCopy();
    await first.startScheduler({ logger: false });
    const second = await freshCopy();
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    await second.addEventToScheduler(conference("a"));
    expect((await first.getSchedulerStatus()).eventsTracked).toBe(1);
    expect(warn.mock.calls).toHaveLength(1);
    expect(warn.mock.calls[0]?.join(" ")).toContain(
      `several copies of the package: ${first.VERSION} and ${second.VERSION}`,
    );
  });
});

describe("loading", () => {
  it("compiles once, however many schedulers are made at the same time, and the constructor needs no wait", async () => {
    const copy = await freshCopy();
    const compile = vi.spyOn(WebAssembly, "compile");
    const pending = [copy.createScheduler({ logger: false }), copy.createScheduler({ logger: false })];
    const atOnce = new copy.ClientEventScheduler({ logger: false });
    atOnce.addEvent(conference("at once"));
    const schedulers = [atOnce, ...(await Promise.all(pending))];
    schedulers[1]?.addEvent(conference("later"));
    expect(compile.mock.calls.length).toBeLessThanOrEqual(1);
    expect(schedulers.map((scheduler) => scheduler.status().eventsTracked)).toEqual([1, 1, 0]);
  });

  it("says what to do where the browser refuses to compile at once", async () => {
    const copy = await freshCopy();
    vi.spyOn(WebAssembly, "Module").mockImplementation(function refuse(): never {
      throw new RangeError("WebAssembly.Compile is disallowed on the main thread");
    });
    expect(() => new copy.ClientEventScheduler({ logger: false })).toThrow(
      expect.objectContaining({ name: "WasmLoadError", code: "WASM_SYNC_REFUSED" }),
    );
    vi.restoreAllMocks();
    const scheduler = await copy.createScheduler({ logger: false });
    expect(scheduler.status().eventsTracked).toBe(0);
  });

  it("waits for a source in the slim entry", async () => {
    vi.resetModules();
    const slim = await import("../src/slim.js");
    expect(() => new slim.ClientEventScheduler()).toThrow(expect.objectContaining({ code: "NOT_INITIALISED" }));
    await expect(slim.createScheduler()).rejects.toMatchObject({ code: "NOT_INITIALISED" });
    await expect(slim.init(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({ code: "WASM_INVALID" });
    await expect(slim.init(new Response("", { status: 404 }))).rejects.toMatchObject({ code: "WASM_FETCH_FAILED" });
    const { readFile } = await import("node:fs/promises");
    const bytes = await readFile(new URL("../wasm/client_event_scheduler_bg.wasm", import.meta.url));
    await slim.init(new Response(bytes, { headers: { "content-type": "application/wasm" } }));
    await slim.init(bytes);
    const scheduler = new slim.ClientEventScheduler({ logger: false });
    expect(scheduler.addEvent(conference("a")).outcome).toBe("added");
  });
});
