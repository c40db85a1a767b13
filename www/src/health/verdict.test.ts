import type { SchedulerHealth } from "client-event-scheduler/slim";
import { expect, it } from "vitest";
import { judge } from "./verdict";

const page = (changes: Partial<SchedulerHealth>): SchedulerHealth =>
  ({
    state: "ok",
    running: true,
    issues: [],
    quarantined: [],
    sync: { state: "streaming" },
    ...changes,
  }) as unknown as SchedulerHealth;
const well = { health: { status: "ok" as const }, unreachable: false };

it.each([
  ["All running", page({}), well],
  ["Checking", page({}), { health: undefined, unreachable: false }],
  ["Server unreachable", page({}), { health: undefined, unreachable: true }],
  ["Server unreachable", page({ sync: { ...page({}).sync, state: "retrying" } }), well],
  ["Server degraded", page({}), { health: { status: "degraded" as const }, unreachable: false }],
  ["Page scheduler stopped", page({ running: false }), well],
  ["Page scheduler failed", page({ state: "failed" }), well],
  ["Page degraded", page({ issues: [{ code: "SYNC_FAILING", severity: "warning", message: "…" }] }), well],
  ["All running", page({ issues: [{ code: "EVENTS_QUARANTINED", severity: "warning", message: "…" }] }), well],
])("says “%s”", (words, pageHealth, server) => {
  expect(judge(pageHealth, server).words).toBe(words);
});
