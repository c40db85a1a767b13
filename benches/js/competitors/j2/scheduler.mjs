import { KINDS, NEVER, PHASES, phaseAt } from "../phase.mjs";
import { checkId, definition, InvalidEventError, OPEN, readDefinition } from "./definition.mjs";
import { EventHeap } from "./event-heap.mjs";

const KEYS_PER_MS = 8;
const LATE_MS = 60_000;

/**
 * J2: the best JavaScript that we could write for the same job.
 *
 * Every event has a number, its handle. What the scheduler computes with lies in typed arrays indexed by handle; a heap holds
 * the next trigger of each event, its key being `due_at * 8 + kind`, one number to compare. Handles of removed events are used
 * again. The caller's objects are kept as they are.
 */
export class HeapScheduler {
  #clock;
  #handles = new Map();
  #events = [];
  #ids = [];
  #free = [];
  #times = new Float64Array(0);
  #revisions = new Float64Array(0);
  #phases = new Uint8Array(0);
  #gates = new Int8Array(0);
  #waiting = new Uint8Array(0);
  #capacity = 0;
  #heap = new EventHeap();
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
    this.#reserve(this.#events.length + events.length);
    for (const event of events) {
      try {
        this.#load(event, now);
      } catch (error) {
        if (!(error instanceof InvalidEventError)) throw error;
        this.#quarantined.push({ event, problems: error.problems });
      }
    }
    this.#heap.heapify();
    this.#next = null;
    return { loaded: this.#handles.size, quarantined: this.#quarantined.length };
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
    this.#queued -= this.#waiting[handle];
    this.#events[handle] = undefined;
    this.#ids[handle] = undefined;
    this.#free.push(handle);
    return this.#result("removed");
  }

  getEvent(id) {
    const handle = this.#handles.get(id);
    return handle === undefined ? undefined : this.#events[handle];
  }

  getEventStatus(id) {
    const handle = this.#handles.get(id);
    return handle === undefined ? undefined : PHASES[this.#phases[handle]];
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
      this.#waiting[handle] -= 1;
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
    const id = event.event_id;
    const known = this.#handles.get(id);
    readDefinition(event);
    if (known !== undefined && this.#revisions[known] > definition.revision) return;
    const handle = known ?? this.#admit(id);
    const key = this.#store(handle, event, now);
    if (known !== undefined) this.#schedule(handle, key);
    else if (key !== NEVER) this.#heap.append(handle, key);
  }

  #upsert(id, event) {
    const known = this.#handles.get(id);
    readDefinition(event);
    const now = this.#clock.now();
    if (known === undefined) {
      const handle = this.#admit(id);
      this.#reserve(handle + 1);
      this.#schedule(handle, this.#store(handle, event, now));
      this.#reportEdit(id, -1, this.#phases[handle], now);
      return this.#result("added");
    }
    if (this.#revisions[known] > definition.revision) return this.#result("stale");
    if (this.#isUnchanged(known)) {
      this.#events[known] = event;
      return this.#result("unchanged");
    }
    const before = this.#phases[known];
    this.#schedule(known, this.#store(known, event, now));
    this.#reportEdit(id, before, this.#phases[known], now);
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
    const base = handle * 6;
    const isKnown = this.#events[handle] !== undefined;
    const waitedBefore = isKnown ? this.#waiting[handle] : 0;
    const passed = now * KEYS_PER_MS + (KEYS_PER_MS - 1);
    let waiting = 0;
    let first = NEVER;
    for (let kind = 0; kind < 6; kind += 1) {
      const at = times[kind];
      this.#times[base + kind] = at;
      const key = at * KEYS_PER_MS + kind;
      if (gate === OPEN && key > passed && key !== NEVER) {
        waiting += 1;
        if (key < first) first = key;
      }
    }
    this.#events[handle] = event;
    this.#revisions[handle] = revision;
    this.#gates[handle] = gate;
    this.#phases[handle] = gate === OPEN ? phaseAt(this.#times, base, now) : gate;
    this.#waiting[handle] = waiting;
    this.#queued += waiting - waitedBefore;
    return first;
  }

  #isUnchanged(handle) {
    const { times, gate, revision } = definition;
    if (this.#gates[handle] !== gate || !Object.is(this.#revisions[handle], revision)) return false;
    const base = handle * 6;
    for (let kind = 0; kind < 6; kind += 1) if (this.#times[base + kind] !== times[kind]) return false;
    return true;
  }

  #schedule(handle, key) {
    if (key <= this.#nextKey || this.#heap.keyOf(handle) <= this.#nextKey) this.#next = null;
    if (key === NEVER) this.#heap.remove(handle);
    else this.#heap.set(handle, key);
  }

  /** The key of the event's first trigger behind `key`. */
  #keyAfter(handle, key) {
    const base = handle * 6;
    let first = NEVER;
    for (let kind = 0; kind < 6; kind += 1) {
      const candidate = this.#times[base + kind] * KEYS_PER_MS + kind;
      if (candidate > key && candidate < first) first = candidate;
    }
    return first;
  }

  /** Writes all new phases first, so that listeners see a finished state and may change it. */
  #applyDue(due, now) {
    const changes = [];
    for (const { handle, key, id } of due) {
      const at = Math.floor(key / KEYS_PER_MS);
      const before = this.#phases[handle];
      const after = phaseAt(this.#times, handle * 6, at);
      if (before === after) continue;
      this.#phases[handle] = after;
      const cause = now - at > LATE_MS ? "late" : "on_time";
      changes.push({ eventId: id, from: PHASES[before], to: PHASES[after], at, cause });
    }
    for (const change of changes) this.#dispatch(change);
  }

  #reportEdit(eventId, before, after, at) {
    if (before === after || this.#listeners.length === 0) return;
    this.#dispatch({ eventId, from: before < 0 ? null : PHASES[before], to: PHASES[after], at, cause: "edit" });
  }

  #dispatch(change) {
    for (const listener of this.#listeners) listener(change);
  }

  #result(outcome) {
    return { outcome, nextTrigger: this.nextTrigger() };
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
      for (let child = place * 2 + 1; child <= place * 2 + 2 && child < size; child += 1) {
        if (keys[child] === key) open.push(child);
      }
    }
    const kind = KINDS[key % KEYS_PER_MS];
    const dueAt = Math.floor(key / KEYS_PER_MS);
    this.#next = { triggerId: `${eventId}/${kind}@${new Date(dueAt).toISOString()}`, eventId, kind, dueAt };
  }

  #reserve(capacity) {
    if (capacity <= this.#capacity) return;
    const wanted = Math.max(capacity, this.#capacity * 2, 16);
    this.#times = grown(this.#times, new Float64Array(wanted * 6));
    this.#revisions = grown(this.#revisions, new Float64Array(wanted));
    this.#phases = grown(this.#phases, new Uint8Array(wanted));
    this.#gates = grown(this.#gates, new Int8Array(wanted));
    this.#waiting = grown(this.#waiting, new Uint8Array(wanted));
    this.#heap.reserve(wanted);
    this.#capacity = wanted;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function grown(old, larger) {
  larger.set(old);
  return larger;
}

function sortTies(due) {
  for (let at = 1; at < due.length; at += 1) {
    if (due[at].key === due[at - 1].key) {
      due.sort((a, b) => a.key - b.key || (a.id < b.id ? -1 : 1));
      return;
    }
  }
}
