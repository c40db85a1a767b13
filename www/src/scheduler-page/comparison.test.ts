import type { SchedulerHealth, SchedulerStatus } from "client-event-scheduler/slim";
import { expect, it } from "vitest";
import type { MeasuredScheduler } from "../scheduler/serverRecord";
import { compare } from "./comparison";

const NEXT = "gala/event_start@2030-01-01T00:00:00.000Z";

const status = {
  running: true,
  paused: null,
  eventsTracked: 2,
  eventsQuarantined: 0,
  triggersQueued: 4,
  deliveriesWaiting: 0,
  maxDowntimeHours: 24,
  watermark: null,
  nextTrigger: { triggerId: NEXT, eventId: "gala", kind: "event_start", dueAt: Date.parse("2030-01-01T00:00:00Z") },
} as unknown as SchedulerStatus;
const health = { versions: { package: "1.0.0", timeZones: "2026a" } } as unknown as SchedulerHealth;
const server = {
  running: true,
  paused: null,
  events_tracked: 2,
  events_quarantined: 0,
  triggers_queued: 4,
  deliveries_waiting: 0,
  max_downtime_hours: 24,
  last_tick_at: null,
  next_trigger: { trigger_id: NEXT, event_id: "gala", kind: "event_start", due_at: "2030-01-01T00:00:00.000Z" },
  now: "2029-12-31T00:00:00.000Z",
  clock: { offsetMs: 3, boundMs: 8 },
} as unknown as MeasuredScheduler;

const sides = { status, health, server, nameOf: () => "Gala", serverVersion: "1.0.0", serverZones: "2026a" };
const different = (change: object) =>
  compare({ ...sides, ...change })
    .filter(({ verdict }) => verdict === "differs")
    .map(({ label }) => label);

it("page and server that agree differ in nothing", () => {
  expect(different({})).toEqual([]);
});

it("marks each point in which they differ", () => {
  expect(different({ server: { ...server, triggers_queued: 3, next_trigger: null } })).toEqual([
    "Triggers queued",
    "Next trigger",
  ]);
  expect(different({ server: { ...server, paused: { since: "2029-12-30T00:00:00Z", reason: "why" } } })).toEqual([
    "Paused",
  ]);
  expect(different({ serverVersion: "1.1.0", serverZones: "2026b" })).toEqual(["Time zones", "Version"]);
});

it("compares nothing with a server that does not answer", () => {
  expect(different({ server: undefined, serverVersion: undefined, serverZones: undefined })).toEqual([]);
});

it("calls a clock the server's where the measurement cannot tell them apart", () => {
  const clock = (measured: object) =>
    compare({ ...sides, server: { ...server, clock: measured } as MeasuredScheduler }).find(
      ({ label }) => label === "Clock",
    );
  expect(clock({ offsetMs: 3, boundMs: 8 })?.here).toBe("the server's, within 8 ms");
  expect(clock({ offsetMs: -2_500, boundMs: 20 })?.here).toBe("2.5 s behind, ± 20 ms");
});
