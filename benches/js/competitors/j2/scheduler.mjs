import { KINDS, NEVER, PHASES, phaseAt } from "../phase.mjs";
import { checkId, definition, InvalidEventError, OPEN, readDefinition } from "./definition.mjs";
import { EventHeap } from "./event-heap.mjs";
import { EventRows } from "./event-rows.mjs";

const KEYS_PER_MS = 8;
const LATE_MS = 60_000;

/**
 * J2: the best JavaScript that we could write for the same job.
 *
 * Every event has a number, its handle. What the scheduler computes with lies in typed arrays, a cache line for each handle; a
 * heap holds the next trigger of each event, its key being `due_at * 8 + kind`, one number to compare. Handles of removed events
 * are used again. The caller's objects are kept as they are. Dates are read without `Date`, and nothing is computed twice.
 */
export class HeapScheduler {
  #clock;
  #handles = new Map();
  #events = [];
  #ids = [];
  #free = [];
  #rows = new EventRows();
  #capacity = 0;
  #heap = new EventHeap(EventRows.PLACE_BITS, EventRows.PLACE_COLUMN);
  #queued = 0;
  #next = null;
  #nextKey = -1;
  #listeners = [];
  #quarantined = [];

  /** @param {{clock: {now(): number}}} options */
  constructor({ clock }) {
    this.#clock = clock;
  }

  /** Loads a whole set of events from the bytes or the response of a back end. */
  async initialize(source) {
    const events = source instanceof Response ? await source.json() : JSON.parse(decoder.decode(source));
    const now = this.#clock.now();
    this._reserve(this.#events.length + events.length);
    for (const event of events) {
      try {
        this.#load(event, now);
      } catch (error) {
        if (!(error instanceof InvalidEventError)) throw error;
        this._quarantine(event, error);
      }
    }
    return this._finishLoad();
  }

  /** Adds an event, or replaces the one with its id. */
  addEvent(input) {
    const event = typeof input === "string" ? JSON.parse(input) : input;
    return this.#upsert(event.event_id, event);
  }

  /** Replaces the event `id`, or adds it. */
  updateEvent(id, input) {
    const event = typeof input === "string" ? JSON.parse(input) : input;
    if (event.event_id !== id && event.event_id !== undefined) {
      throw new InvalidEventError([{ field: "event_id", code: "ID_MISMATCH" }]);
    }
    return this.#upsert(id, event);
  }

  removeEvent(id) {
    const handle = this.#handles.get(id);
    if (handle === undefined) return this.#result("not_found");
    this.#handles.delete(id);
    this.#schedule(handle, NEVER);
    this.#queued -= this.#rows.waiting(handle);
    this.#events[handle] = undefined;
    this.#ids[handle] = undefined;
    this.#free.push(handle);
    return this.#result("removed");
  }

  getEvent(id) {
    const handle = this.#handles.get(id);
    return handle === undefined ? undefined : this.#events[handle];
  }

  /** Puts another object in the place of the event `id`, which must be there. */
  _replaceEvent(id, event) {
    this.#events[this.#handles.get(id)] = event;
  }

  getEventStatus(id) {
    const handle = this.#handles.get(id);
    return handle === undefined ? undefined : PHASES[this.#rows.phase(handle)];
  }

  onStatusChange(listener) {
    this.#listeners.push(listener);
  }

  nextTrigger() {
    const key = this.#heap.size === 0 ? NEVER : this.#heap.keys[0];
    if (this.#next === null || this.#nextKey !== key) this.#findNext(key);
    return this.#next;
  }

  status() {
    return { eventsTracked: this.#handles.size, triggersQueued: this.#queued, nextTrigger: this.nextTrigger() };
  }

  /** Fires what is due, in the order of time, kind and id. Returns how many triggers fired. */
  tick() {
    const now = this.#clock.now();
    const heap = this.#heap;
    const limit = now * KEYS_PER_MS + (KEYS_PER_MS - 1);
    if (heap.size === 0 || heap.keys[0] > limit) return 0;
    const due = [];
    while (heap.size > 0 && heap.keys[0] <= limit) {
      const handle = heap.handles[0];
      const key = heap.keys[0];
      due.push({ handle, key, id: this.#ids[handle] });
      this.#rows.setWaiting(handle, this.#rows.waiting(handle) - 1);
      this.#schedule(handle, this.#keyAfter(handle, key));
    }
    this.#queued -= due.length;
    this.#next = null;
    sortTies(due);
    this.#applyDue(due, now);
    return due.length;
  }

  dispose() {
    this.#handles.clear();
    this.#events.length = 0;
    this.#ids.length = 0;
  }

  #load(event, now) {
    if (typeof event !== "object" || event === null) throw new InvalidEventError([{ field: "", code: "WRONG_TYPE" }]);
    readDefinition(event);
    this._loadDefinition(event.event_id, event, now);
  }

  /** Takes `definition` in for the event `id`. `_finishLoad` must follow before anything else. */
  _loadDefinition(id, event, now) {
    const known = this.#handles.get(id);
    if (known !== undefined && this.#rows.revision(known) > definition.revision) return;
    const handle = known ?? this.#admit(id);
    const key = this.#store(handle, event, now);
    if (known !== undefined) this.#schedule(handle, key);
    else if (key !== NEVER) this.#heap.append(handle, key);
  }

  _quarantine(event, { problems }) {
    this.#quarantined.push({ event, problems });
  }

  _finishLoad() {
    this.#heap.heapify();
    this.#next = null;
    return { loaded: this.#handles.size, quarantined: this.#quarantined.length };
  }

  #upsert(id, event) {
    const known = this.#handles.get(id);
    readDefinition(event);
    const now = this.#clock.now();
    if (known === undefined) {
      const handle = this.#admit(id);
      this._reserve(handle + 1);
      this.#schedule(handle, this.#store(handle, event, now));
      return this.#result("added");
    }
    if (this.#rows.revision(known) > definition.revision) return this.#result("stale");
    if (this.#isUnchanged(known)) {
      this.#events[known] = event;
      return this.#result("unchanged");
    }
    const before = this.#rows.phase(known);
    this.#schedule(known, this.#store(known, event, now));
    this.#reportEdit(id, before, this.#rows.phase(known), now);
    return this.#result("updated");
  }

  /** Gives a new event its handle. */
  #admit(id) {
    checkId(id);
    const handle = this.#free.length > 0 ? this.#free.pop() : this.#events.length;
    this.#handles.set(id, handle);
    this.#ids[handle] = id;
    this.#events[handle] = undefined;
    return handle;
  }

  /** Writes `definition` into the tables and returns the key of the event's first trigger after `now`. */
  #store(handle, event, now) {
    const { times, gate, revision } = definition;
    const rows = this.#rows;
    const numbers = rows.numbers;
    const base = rows.timesAt(handle);
    const waitedBefore = this.#events[handle] === undefined ? 0 : rows.waiting(handle);
    const passed = now * KEYS_PER_MS + (KEYS_PER_MS - 1);
    let waiting = 0;
    let first = NEVER;
    for (let kind = 0; kind < 6; kind += 1) {
      const at = times[kind];
      numbers[base + kind] = at;
      const key = at * KEYS_PER_MS + kind;
      if (gate === OPEN && key > passed && key !== NEVER) {
        waiting += 1;
        if (key < first) first = key;
      }
    }
    this.#events[handle] = event;
    rows.setRevision(handle, revision);
    rows.setGate(handle, gate);
    rows.setPhase(handle, gate === OPEN ? phaseAt(numbers, base, now) : gate);
    rows.setWaiting(handle, waiting);
    this.#queued += waiting - waitedBefore;
    return first;
  }

  #isUnchanged(handle) {
    const { times, gate, revision } = definition;
    const rows = this.#rows;
    if (rows.gate(handle) !== gate || !Object.is(rows.revision(handle), revision)) return false;
    const base = rows.timesAt(handle);
    for (let kind = 0; kind < 6; kind += 1) if (rows.numbers[base + kind] !== times[kind]) return false;
    return true;
  }

  #schedule(handle, key) {
    if (key <= this.#nextKey || this.#heap.keyOf(handle) <= this.#nextKey) this.#next = null;
    if (key === NEVER) this.#heap.remove(handle);
    else this.#heap.set(handle, key);
  }

  /** The key of the event's first trigger behind `key`. */
  #keyAfter(handle, key) {
    const numbers = this.#rows.numbers;
    const base = this.#rows.timesAt(handle);
    let first = NEVER;
    for (let kind = 0; kind < 6; kind += 1) {
      const candidate = numbers[base + kind] * KEYS_PER_MS + kind;
      if (candidate > key && candidate < first) first = candidate;
    }
    return first;
  }

  /** Writes all new phases first, so that listeners see a finished state and may change it. */
  #applyDue(due, now) {
    const changes = [];
    for (const { handle, key, id } of due) {
      const at = Math.floor(key / KEYS_PER_MS);
      const before = this.#rows.phase(handle);
      const after = phaseAt(this.#rows.numbers, this.#rows.timesAt(handle), at);
      if (before === after) continue;
      this.#rows.setPhase(handle, after);
      const cause = now - at > LATE_MS ? "late" : "on_time";
      changes.push({ eventId: id, from: PHASES[before], to: PHASES[after], at, cause });
    }
    for (const change of changes) this.#dispatch(change);
  }

  #reportEdit(eventId, before, after, at) {
    if (before === after || this.#listeners.length === 0) return;
    this.#dispatch({ eventId, from: PHASES[before], to: PHASES[after], at, cause: "edit" });
  }

  #dispatch(change) {
    for (const listener of this.#listeners) listener(change);
  }

  #result(outcome) {
    return new Answer(outcome, this);
  }

  /** Among the events whose next trigger shares the first key, the one with the least id is next. */
  #findNext(key) {
    this.#nextKey = key;
    this.#next = null;
    if (key === NEVER) return;
    const { keys, handles, size } = this.#heap;
    let eventId = this.#ids[handles[0]];
    const open = [0];
    while (open.length > 0) {
      const place = open.pop();
      if (this.#ids[handles[place]] < eventId) eventId = this.#ids[handles[place]];
      for (let child = place * 4 + 1; child <= place * 4 + 4 && child < size; child += 1) {
        if (keys[child] === key) open.push(child);
      }
    }
    const kind = KINDS[key % KEYS_PER_MS];
    const dueAt = Math.floor(key / KEYS_PER_MS);
    this.#next = { triggerId: `${eventId}/${kind}@${new Date(dueAt).toISOString()}`, eventId, kind, dueAt };
  }

  _reserve(capacity) {
    if (capacity <= this.#capacity) return;
    const wanted = Math.max(capacity, this.#capacity * 2, 16);
    this.#rows.reserve(wanted);
    this.#heap.reserve(wanted, this.#rows.words);
    this.#capacity = wanted;
  }
}

/** What a change has done; the next trigger is looked up only when somebody reads it. */
class Answer {
  outcome;
  #scheduler;

  constructor(outcome, scheduler) {
    this.outcome = outcome;
    this.#scheduler = scheduler;
  }

  get nextTrigger() {
    return this.#scheduler.nextTrigger();
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function sortTies(due) {
  for (let at = 1; at < due.length; at += 1) {
    if (due[at].key === due[at - 1].key) {
      due.sort((a, b) => a.key - b.key || (a.id < b.id ? -1 : 1));
      return;
    }
  }
}
