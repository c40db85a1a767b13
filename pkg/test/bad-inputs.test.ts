import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type EventInput, InvalidInputError } from "../src/index.js";
import { conference, makeScheduler, thrownBy } from "./support/schedulers.js";

interface BadInput {
  readonly name: string;
  readonly event?: EventInput;
  readonly json?: string;
  readonly expect: readonly { readonly field: string; readonly code: string }[];
}

/** The same table is walked through the core and over HTTP. */
const TABLE = JSON.parse(
  readFileSync(new URL("../../tests/fixtures/bad_inputs.json", import.meta.url), "utf8"),
) as readonly BadInput[];

const codes = (error: InvalidInputError): object[] => error.problems.map(({ field, code }) => ({ field, code }));
/** In whatever order. */
const sorted = (problems: readonly object[]): string[] => problems.map((problem) => JSON.stringify(problem)).sort();

describe("bad input", () => {
  it("has a table worth walking", () => {
    expect(TABLE.length).toBeGreaterThanOrEqual(40);
  });

  it.each(TABLE)(
    "$name: is refused with every problem, and the state before stands",
    ({ event, json, expect: expected }) => {
      const { scheduler } = makeScheduler();
      scheduler.addEvent(conference("good"));
      scheduler.addEvent(conference("bad"));
      const before = [scheduler.getAllEvents(), scheduler.queue(), scheduler.version];
      const forms = json === undefined ? [event as EventInput, JSON.stringify(event)] : [json];
      for (const form of forms) {
        const error = thrownBy(() => scheduler.addEvent(form)) as InvalidInputError;
        expect(error).toBeInstanceOf(InvalidInputError);
        expect(error.code).toBe("INVALID_INPUT");
        expect(sorted(codes(error))).toEqual(sorted(expected));
        for (const problem of error.problems) {
          expect(problem.message.length).toBeGreaterThan(10);
          expect(error.message).toContain(problem.message);
        }
      }
      expect([scheduler.getAllEvents(), scheduler.queue(), scheduler.version]).toEqual(before);
    },
  );

  it.each(TABLE.filter(({ event }) => event !== undefined))(
    "$name: is quarantined in a bulk load",
    async ({ event }) => {
      const { scheduler } = makeScheduler();
      const report = await scheduler.initialize([conference("good"), event as EventInput]);
      expect(report).toMatchObject({ loaded: 1, quarantined: 1 });
      expect(scheduler.getAllEvents().map(({ event_id }) => event_id)).toEqual(["good"]);
    },
  );
});

describe("what JSON has no form for", () => {
  it.each([
    ["an invalid Date", { start_datetime: new Date("soon") }, "start_datetime", "DATE_OUT_OF_RANGE"],
    ["not a number", { start_datetime: Number.NaN }, "start_datetime", "DATE_OUT_OF_RANGE"],
    ["infinity", { end_datetime: Number.POSITIVE_INFINITY }, "end_datetime", "DATE_OUT_OF_RANGE"],
    ["a function", { timezone: () => "UTC" }, "timezone", "WRONG_TYPE"],
    ["a symbol", { status: Symbol("draft") }, "status", "WRONG_TYPE"],
    ["a bigint", { revision: 7n }, "revision", "WRONG_TYPE"],
  ])("%s is a problem of its field", (_, fields, field, code) => {
    const { scheduler } = makeScheduler();
    const error = thrownBy(() => scheduler.addEvent(conference("a", fields))) as InvalidInputError;
    expect(codes(error)).toEqual([{ field, code }]);
  });

  it("quarantines the same things for the same reasons in a bulk load", async () => {
    const { scheduler } = makeScheduler();
    const events = [
      conference("date", { start_datetime: new Date("soon") }),
      conference("number", { start_datetime: Number.NaN }),
      conference("function", { timezone: () => "UTC" }),
      null,
    ] as EventInput[];
    expect(await scheduler.initialize(events)).toMatchObject({ loaded: 0, quarantined: 4 });
    const { quarantined, state } = scheduler.health();
    expect(state).toBe("degraded");
    expect(Object.fromEntries(quarantined.map(({ eventId, problems }) => [eventId, problems[0]?.code]))).toEqual({
      date: "DATE_OUT_OF_RANGE",
      number: "DATE_OUT_OF_RANGE",
      function: "WRONG_TYPE",
      "#3": "WRONG_TYPE",
    });
  });

  it.each([undefined, null, 7, true, [], () => 1])("%s is no event", (value) => {
    const { scheduler } = makeScheduler();
    const error = thrownBy(() => scheduler.addEvent(value as unknown as EventInput));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(thrownBy(() => scheduler.updateEvent("a", value as unknown as EventInput))).toBeInstanceOf(
      InvalidInputError,
    );
  });

  it("refuses ids that are none", () => {
    const { scheduler } = makeScheduler();
    const use = [
      (id: string) => scheduler.removeEvent(id),
      (id: string) => scheduler.updateEvent(id, conference("a")),
      (id: string) => scheduler.approveEvent(id),
      (id: string) => scheduler.declineEvent(id),
      (id: string) => scheduler.getEvent(id),
      (id: string) => scheduler.getEventStatus(id),
      (id: string) => scheduler.queue({ eventId: id }),
      (id: string) => scheduler.onStatusChange(id, () => undefined),
    ];
    for (const call of use) {
      expect(codes(thrownBy(() => call(7 as unknown as string)) as InvalidInputError)).toEqual([
        { field: "event_id", code: "WRONG_TYPE" },
      ]);
      expect(codes(thrownBy(() => call("")) as InvalidInputError)).toEqual([
        { field: "event_id", code: "ID_REQUIRED" },
      ]);
    }
  });
});
