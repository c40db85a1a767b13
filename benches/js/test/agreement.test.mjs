import assert from "node:assert/strict";
import { test } from "node:test";
import * as j1 from "../competitors/j1-array.mjs";
import * as j2 from "../competitors/j2-heap.mjs";
import * as j3 from "../competitors/j3-lazy.mjs";
import * as ours from "../competitors/ours.mjs";
import { EPOCH_MS, eventId, makeBody, makeEvent } from "../data/events.mjs";
import { randomFrom } from "../data/random.mjs";

const COMPETITORS = [j1, j2, j3, ours];
const DAY = 86_400_000;
const LOADED = 120;
const IDS = 200;

/** One competitor with its own clock, and the changes that it reported. */
function subject({ create }) {
  const clock = { at: EPOCH_MS, now: () => clock.at };
  const scheduler = create({ clock });
  const changes = [];
  scheduler.onStatusChange(({ eventId: id, from, to, at }) => changes.push(`${at} ${id} ${sub(from)} ${sub(to)}`));
  return { clock, scheduler, takeChanges: () => changes.splice(0).sort() };
}

function sub(phase) {
  return `${phase.status}/${phase.sub_status}`;
}

await ours.ready();

for (const seed of [1, 2, 3, 4]) {
  test(`all competitors agree after every random operation, seed ${seed}`, async () => {
    const random = randomFrom(seed * 7919);
    const subjects = COMPETITORS.map(subject);
    const body = new TextEncoder().encode(makeBody(LOADED, { seed }));
    const reports = await Promise.all(subjects.map(({ scheduler }) => scheduler.initialize(body)));
    for (const report of reports) assert.deepEqual(counts(report), counts(reports[0]));
    for (const { takeChanges } of subjects) takeChanges();
    for (let step = 0; step < 2500; step += 1) {
      const operation = drawOperation(random, step, seed);
      const [expected, ...others] = subjects.map((each) => observe(each, operation));
      for (const actual of others)
        assert.deepEqual(actual, expected, `step ${step}: ${operation.name} ${operation.id}`);
    }
  });
}

test("a response gives the same as its bytes, wherever its chunks end", async () => {
  const body = new TextEncoder().encode(makeBody(40, { seed: 9 }));
  for (const chunkBytes of [1, 7, 640, 5000]) {
    for (const competitor of COMPETITORS) {
      const [whole, streamed] = [subject(competitor), subject(competitor)];
      await whole.scheduler.initialize(body.slice());
      await streamed.scheduler.initialize(responseInChunks(body, chunkBytes));
      assert.deepEqual(summary(streamed.scheduler), summary(whole.scheduler));
      for (let index = 0; index < 40; index += 1) {
        assert.deepEqual(opaque(streamed.scheduler.getEvent(eventId(index))), opaque(makeEvent(index, { seed: 9 })));
      }
    }
  }
});

function responseInChunks(bytes, chunkBytes) {
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, at) =>
    bytes.slice(at * chunkBytes, (at + 1) * chunkBytes),
  );
  return new Response(ReadableStream.from(chunks));
}

test("an invalid event is refused by all and changes nothing", async () => {
  const valid = makeEvent(1);
  const invalid = [
    { ...valid, event_id: "" },
    { ...valid, event_id: undefined },
    { ...valid, event_id: "invalid-0", start_datetime: "2026-13-01T10:00:00Z" },
    { ...valid, event_id: "invalid-1", end_datetime: "soon" },
    { ...valid, event_id: "invalid-2", start_datetime: valid.end_datetime, end_datetime: valid.start_datetime },
    { ...valid, event_id: "invalid-3", certificate_end_date: "2001-01-01T00:00:00Z" },
  ];
  for (const { scheduler } of COMPETITORS.map(subject)) {
    for (const event of invalid) assert.throws(() => scheduler.addEvent(event));
    assert.equal(scheduler.status().eventsTracked, 0);
    const report = await scheduler.initialize(new TextEncoder().encode(JSON.stringify([...invalid, valid])));
    assert.deepEqual(counts(report), { loaded: 1, quarantined: invalid.length });
  }
});

function drawOperation(random, step, seed) {
  const index = Math.floor(random() * IDS);
  const id = eventId(index);
  const variant = Math.floor(random() * 6) === 0 ? 0 : step + 1;
  const event = makeEvent(index, { seed, variant });
  const gate = random();
  if (gate < 0.05) event.event_approval_status = "pending_approval";
  else if (gate < 0.1) event.status = "cancelled";
  else if (gate < 0.15) delete event.certificate_start_date;
  else if (gate < 0.2) delete event.end_datetime;
  const choice = random();
  if (choice < 0.2) return { name: "tick", id, advance: Math.floor(random() * 8 * DAY) };
  if (choice < 0.35) return { name: "remove", id };
  return { name: choice < 0.6 ? "add" : "update", id, event, asText: random() < 0.5 };
}

/** Carries the operation out and collects everything that a caller could see of it. */
function observe({ clock, scheduler, takeChanges }, operation) {
  const result = perform(scheduler, clock, operation);
  const phase = scheduler.getEventStatus(operation.id);
  return {
    result,
    ...summary(scheduler),
    phase: phase && sub(phase),
    event: opaque(scheduler.getEvent(operation.id)),
    changes: takeChanges(),
  };
}

function summary(scheduler) {
  const { eventsTracked, triggersQueued, nextTrigger } = scheduler.status();
  return { eventsTracked, triggersQueued, nextDueAt: nextTrigger?.dueAt ?? null };
}

function counts({ loaded, quarantined }) {
  return { loaded, quarantined };
}

/** What must come back as it went in: the package adds the status that it has computed. */
function opaque(event) {
  if (event === undefined) return undefined;
  const { status, sub_status, ...rest } = event;
  return rest;
}

function perform(scheduler, clock, { name, id, event, asText, advance }) {
  if (name === "tick") {
    clock.at += advance;
    scheduler.tick();
    return "ticked";
  }
  if (name === "remove") return scheduler.removeEvent(id).outcome;
  const input = asText ? JSON.stringify(event) : structuredClone(event);
  try {
    return (name === "add" ? scheduler.addEvent(input) : scheduler.updateEvent(id, input)).outcome;
  } catch {
    return "refused";
  }
}
