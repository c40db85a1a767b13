import { expect, it } from "vitest";
import { mergeQueues } from "./mergeQueues";

const at = (minutes: number) => Date.UTC(2030, 0, 1, 0, minutes);
const here = (eventId: string, minutes: number) =>
  ({ triggerId: `${eventId}/event_start@${minutes}`, eventId, kind: "event_start", dueAt: at(minutes) }) as const;
const there = (eventId: string, minutes: number) => ({
  trigger_id: `${eventId}/event_start@${minutes}`,
  event_id: eventId,
  kind: "event_start",
  due_at: new Date(at(minutes)).toISOString(),
  time_until_ms: 0,
  state: "pending",
  generation: 0,
  present: true,
});
const sides = (queues: Parameters<typeof mergeQueues>[0]) =>
  mergeQueues(queues).map(({ eventId, side }) => `${eventId}: ${side}`);

it("tells which trigger only one side has, in firing order", () => {
  const queues = { page: [here("a", 1), here("b", 2)], server: [there("a", 1), there("c", 3)], complete: true };
  expect(sides(queues)).toEqual(["a: both", "b: page", "c: server"]);
});

it("says nothing of what lies beyond the part of the server's queue that was read", () => {
  const page = [here("a", 1), here("b", 2), here("c", 3), here("d", 4)];
  expect(sides({ page, server: [there("a", 1), there("c", 3)], complete: false })).toEqual([
    "a: both",
    "b: page",
    "c: both",
  ]);
});

it("shows the page's queue where the server's is empty", () => {
  expect(sides({ page: [here("a", 1)], server: [], complete: true })).toEqual(["a: page"]);
  expect(sides({ page: [], server: [], complete: true })).toEqual([]);
});
