import type { Explanation } from "client-event-scheduler/slim";
import { expect, it } from "vitest";
import type { HistoryEntry, ServerExplanation } from "../api/scheduler";
import { actionWords } from "./Changes";
import { lifeOf } from "./lifeOf";

const START = Date.parse("2030-05-01T09:00:00Z");
const id = (kind: string, at: number) => `gala/${kind}@${new Date(at).toISOString()}`;
const page = {
  triggers: [
    {
      triggerId: id("event_start", START),
      kind: "event_start",
      dueAt: START,
      sentence: "event_start of gala is due.",
    },
  ],
} as unknown as Explanation;
const server = {
  triggers: [
    {
      trigger_id: id("registration_open", START - 1_000),
      kind: "registration_open",
      due_at: new Date(START - 1_000).toISOString(),
      sentence: "It fired.",
    },
    {
      trigger_id: id("event_start", START),
      kind: "event_start",
      due_at: new Date(START).toISOString(),
      sentence: "event_start of gala was due.",
    },
  ],
} as unknown as ServerExplanation;
const fired = {
  trigger_id: id("registration_open", START - 1_000),
  cause: "late",
  lateness_ms: 1_500,
  executed_at: new Date(START + 500).toISOString(),
} as HistoryEntry;

it("joins what page, server and record say of one trigger, in order of time and without repeating its name", () => {
  const lives = lifeOf("gala", page, server, [fired]);
  expect(lives.map(({ kind, outcome, page: here, server: there }) => [kind, outcome?.cause, here, there])).toEqual([
    ["registration_open", "late", undefined, "It fired."],
    ["event_start", undefined, "Is due.", "Was due."],
  ]);
  expect(lives[0]?.outcome).toEqual({ cause: "late", latenessMs: 1_500, at: START + 500 });
});

it("does with the page alone", () => {
  expect(lifeOf("gala", page, undefined, []).map(({ kind }) => kind)).toEqual(["event_start"]);
});

it.each([
  ["/api/v1/admin/events/create", "Created"],
  ["/api/v1/admin/events/update/{event_id}", "Changed"],
  ["/api/v1/admin/events/approve/{event_id}", "Approved"],
  ["/api/v1/admin/somewhere/else", "POST /api/v1/admin/somewhere/else"],
])("calls %s “%s”", (route, words) => {
  expect(actionWords({ method: "POST", route })).toBe(words);
});
