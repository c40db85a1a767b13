import { describe, expect, it } from "vitest";
import {
  ApiMisuseError,
  ClientEventScheduler,
  InvalidInputError,
  LimitExceededError,
  SchedulerError,
  type SchedulerOptions,
  SyncError,
  WasmLoadError,
} from "../src/index.js";
import { conference, makeScheduler, thrownBy } from "./support/schedulers.js";

describe("errors", () => {
  it("name the limit and what would have gone over it", () => {
    const { scheduler } = makeScheduler({ maxEvents: 1 });
    scheduler.addEvent(conference("a"));
    const error = thrownBy(() => scheduler.addEvent(conference("b"))) as LimitExceededError;
    expect(error).toBeInstanceOf(LimitExceededError);
    expect(error).toBeInstanceOf(SchedulerError);
    expect(error).toMatchObject({ name: "LimitExceededError", code: "LIMIT_EXCEEDED", limit: 1, actual: 2 });
    expect(scheduler.status().eventsTracked).toBe(1);
  });

  it("limit the handlers, and count those that were removed out again", () => {
    const { scheduler } = makeScheduler();
    const endings = Array.from({ length: 999 }, () => scheduler.subscribe(() => undefined));
    scheduler.onStatusChange("a", () => undefined);
    expect(thrownBy(() => scheduler.onStatusChange(() => undefined))).toBeInstanceOf(LimitExceededError);
    endings[0]?.();
    endings[0]?.();
    scheduler.onStatusChange(() => undefined);
    expect(thrownBy(() => scheduler.subscribe(() => undefined))).toBeInstanceOf(LimitExceededError);
  });

  it("say that a scheduler was disposed, whatever is called", () => {
    const { scheduler } = makeScheduler();
    scheduler.dispose();
    scheduler.dispose();
    expect(scheduler.disposed).toBe(true);
    const calls = [
      () => scheduler.addEvent(conference("a")),
      () => scheduler.addEvent(JSON.stringify(conference("a"))),
      () => scheduler.updateEvent("a", conference("a")),
      () => scheduler.removeEvent("a"),
      () => scheduler.approveEvent("a"),
      () => scheduler.start(),
      () => scheduler.stop(),
      () => scheduler.tick(),
      () => scheduler.status(),
      () => scheduler.queue(),
      () => scheduler.getEvent("a"),
      () => scheduler.getAllEvents(),
    ];
    for (const call of calls) {
      expect(thrownBy(call)).toMatchObject({ name: "ApiMisuseError", code: "DISPOSED" });
    }
    expect(scheduler.health().running).toBe(false);
  });

  it("refuse settings by the names that they have in the options", () => {
    const cases: readonly [SchedulerOptions, string, string][] = [
      [{ tickMs: 5 }, "tickMs", "SETTING_INVALID"],
      [{ tickMs: "1000" as unknown as number }, "tickMs", "SETTING_INVALID"],
      [{ maxEvents: -1 }, "maxEvents", "SETTING_INVALID"],
      [{ precision: "loose" as "exact" }, "precision", "SETTING_INVALID"],
      [{ disambiguation: "later or so" as "later" }, "disambiguation", "SETTING_INVALID"],
      [{ defaultTimeZone: "Mars/Olympus" }, "defaultTimeZone", "TIME_ZONE_UNKNOWN"],
      [{ clock: {} as never }, "clock", "SETTING_INVALID"],
      [{ transport: { key: "x" } as never }, "transport", "SETTING_INVALID"],
      [{ logger: true as never }, "logger", "SETTING_INVALID"],
    ];
    for (const [options, field, code] of cases) {
      const error = thrownBy(() => new ClientEventScheduler({ logger: false, ...options })) as InvalidInputError;
      expect(error).toBeInstanceOf(InvalidInputError);
      expect(error.problems).toMatchObject([{ field, code }]);
    }
    expect(thrownBy(() => new ClientEventScheduler(7 as never))).toBeInstanceOf(ApiMisuseError);
  });

  it("refuse arguments that are of no use", async () => {
    const { scheduler } = makeScheduler();
    expect(thrownBy(() => scheduler.queue({ limit: 1.5 }))).toMatchObject({ code: "WRONG_ARGUMENT" });
    expect(thrownBy(() => scheduler.queue({ limit: -1 }))).toMatchObject({ code: "WRONG_ARGUMENT" });
    expect(thrownBy(() => scheduler.subscribe(7 as never))).toMatchObject({ code: "WRONG_ARGUMENT" });
    expect(thrownBy(() => scheduler.onStatusChange("a", undefined as never))).toMatchObject({ code: "WRONG_ARGUMENT" });
    expect(thrownBy(() => scheduler.setMaxDowntimeHours("24" as never))).toBeInstanceOf(InvalidInputError);
    expect(thrownBy(() => scheduler.setMaxDowntimeHours(1.5))).toBeInstanceOf(InvalidInputError);
    await expect(scheduler.initialize("[]" as never)).rejects.toMatchObject({ code: "WRONG_ARGUMENT" });
    await expect(scheduler.initialize(new Response("[]", { status: 503 }))).rejects.toMatchObject({
      name: "SyncError",
      code: "HTTP_STATUS",
      status: 503,
      retryable: true,
    });
    const used = new Response("[]");
    await used.text();
    await expect(scheduler.initialize(used)).rejects.toMatchObject({ code: "BODY_USED" });
  });

  it("are classes with a name, a stable code and a cause", () => {
    const cause = new Error("why");
    const error = new SyncError("NETWORK", "the back end cannot be reached", { retryable: true, cause });
    expect(error).toMatchObject({ name: "SyncError", code: "NETWORK", retryable: true, status: null, cause });
    expect(new WasmLoadError("WASM_BLOCKED", "no")).toMatchObject({ name: "WasmLoadError", code: "WASM_BLOCKED" });
    expect(new InvalidInputError([{ field: "a", code: "WRONG_TYPE", message: "is b" }]).message).toBe("a: is b");
  });
});
