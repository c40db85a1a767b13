import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { makeScheduler } from "./support/schedulers.js";

/** `tests/insight.rs` asks the native core the same of the same history. */
const expected = readFileSync(new URL("../../tests/insight/answers.txt", import.meta.url), "utf8");
const events = readFileSync(new URL("../../tests/insight/events.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n");

it("the part of the module that is loaded later answers as the native core does", async () => {
  const { scheduler, clock } = makeScheduler();
  for (const event of events) {
    scheduler.addEvent(event);
  }
  scheduler.start();
  clock.moveTo("2026-06-02T12:00:05Z");
  scheduler.tick();
  scheduler.removeEvent("gone");
  scheduler.pause("stocktaking");
  clock.moveTo("2026-06-03T12:00:00Z");
  scheduler.tick();

  const lines: string[] = [];
  for (const id of ["fair", "draft", "waiting", "gone", "nobody", "ball/event_start@2026-06-05T09:00:00.000Z"]) {
    const { sentence, triggers } = await scheduler.explain(id);
    lines.push(sentence, ...triggers.map((trigger) => `  ${trigger.sentence}`));
  }
  const extra = '{"event_id":"extra","start_datetime":"2026-06-03T18:00Z","end_datetime":"2026-06-03T19:00Z"}';
  const { triggers, complete } = await scheduler.simulate({ until: Date.parse("2026-06-06T00:00Z"), events: [extra] });
  for (const { triggerId, before, after } of triggers) {
    lines.push(`${triggerId} ${before.sub_status} ${after.sub_status}`);
  }
  const { pairs, total } = await scheduler.detectConflicts();
  lines.push(`${complete} ${total}`);
  for (const { venue, first, second, from, until } of pairs) {
    lines.push([venue, first, second, new Date(from).toISOString(), new Date(until).toISOString()].join(" | "));
  }
  expect(`${lines.join("\n")}\n`).toBe(expected);
});
