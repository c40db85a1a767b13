import type { SchedulerHealth } from "client-event-scheduler/slim";
import { expect, it } from "vitest";
import type { ServerScheduler } from "../api/scheduler";
import { pageAilments, serverAilments } from "./remedies";

const health = (issues: readonly { code: string; severity: string; message: string }[]) =>
  ({ issues }) as unknown as SchedulerHealth;
const WELL = { health: { status: "ok" }, status: undefined, error: null } as const;

it("says of each issue of the page what it is and what to do", () => {
  const [issue] = pageAilments(health([{ code: "SYNC_FAILING", severity: "warning", message: "the back end …" }]));
  expect(issue).toMatchObject({ tone: "amber", what: "Changes made elsewhere do not arrive." });
  expect(issue?.remedy).toContain("whether the server runs");
});

it("lets an issue that it does not know speak for itself", () => {
  const [issue] = pageAilments(health([{ code: "FROM_THE_FUTURE", severity: "error", message: "something new" }]));
  expect(issue).toMatchObject({ tone: "red", what: "something new" });
});

it("finds nothing with a server that is well, and one thing with one that is away", () => {
  expect(serverAilments(WELL)).toEqual([]);
  expect(serverAilments({ ...WELL, error: new Error("The server cannot be reached.") })).toMatchObject([
    { tone: "red", what: "The server cannot be reached." },
  ]);
});

it("tells of a stopped scheduler, a pause and an error, the worst first", () => {
  const status = {
    paused: { since: "2030-01-01T00:00:00Z", reason: "maintenance" },
    last_error: { message: "the disk is full", at: "2030-01-01T00:00:00Z" },
  } as unknown as ServerScheduler;
  const found = serverAilments({ health: { status: "degraded", scheduler: { running: false } }, status, error: null });
  expect(found.map(({ key, tone }) => [key, tone])).toEqual([
    ["stopped", "red"],
    ["paused", "amber"],
    ["last error", "amber"],
  ]);
});
