/**
 * J1: a scheduler class as such classes are usually written in an admin's code base: one array of triggers, filtered and sorted
 * again on every change, a Map as cache, `new Date` wherever a date is needed.
 *
 * It is not slowed down on purpose: a bulk load sorts once, the comparison uses `getTime()`, and a tick looks at the front of
 * the sorted array only.
 */

export const name = "J1";
export const title = "plain JavaScript as usually written";

const DATES = [
  ["registration_start_date", "registration_open"],
  ["registration_end_date", "registration_close"],
  ["start_datetime", "event_start"],
  ["end_datetime", "event_end"],
  ["certificate_start_date", "certificate_start"],
  ["certificate_end_date", "certificate_end"],
];

export class ArrayScheduler {
  constructor({ clock }) {
    this.clock = clock;
    this.cache = new Map();
    this.triggers = [];
    this.listeners = [];
    this.quarantined = [];
  }

  async initialize(source) {
    const events = source instanceof Response ? await source.json() : JSON.parse(new TextDecoder().decode(source));
    for (const event of events) {
      try {
        this.validate(event);
      } catch (error) {
        this.quarantined.push({ event, error });
        continue;
      }
      const cached = this.cache.get(event.event_id);
      if (cached) {
        if (cached.event.revision > event.revision) continue;
        this.triggers = this.triggers.filter((trigger) => trigger.eventId !== event.event_id);
      }
      this.cache.set(event.event_id, { event, status: this.statusOf(event, this.clock.now()) });
      this.triggers.push(...this.createTriggers(event));
    }
    this.sortTriggers();
    return { loaded: this.cache.size, quarantined: this.quarantined.length };
  }

  addEvent(input) {
    const event = typeof input === "string" ? JSON.parse(input) : input;
    return this.upsert(event);
  }

  updateEvent(id, input) {
    const event = typeof input === "string" ? JSON.parse(input) : input;
    if (event.event_id !== undefined && event.event_id !== id) throw new Error("event_id does not match");
    return this.upsert({ ...event, event_id: id });
  }

  removeEvent(id) {
    if (!this.cache.has(id)) return { outcome: "not_found", nextTrigger: this.nextTrigger() };
    this.cache.delete(id);
    this.triggers = this.triggers.filter((trigger) => trigger.eventId !== id);
    return { outcome: "removed", nextTrigger: this.nextTrigger() };
  }

  getEvent(id) {
    return this.cache.get(id)?.event;
  }

  getEventStatus(id) {
    return this.cache.get(id)?.status;
  }

  onStatusChange(listener) {
    this.listeners.push(listener);
  }

  nextTrigger() {
    const trigger = this.triggers[0];
    if (!trigger) return null;
    const { eventId, kind, dueAt } = trigger;
    return { triggerId: `${eventId}/${kind}@${dueAt.toISOString()}`, eventId, kind, dueAt: dueAt.getTime() };
  }

  status() {
    return { eventsTracked: this.cache.size, triggersQueued: this.triggers.length, nextTrigger: this.nextTrigger() };
  }

  tick() {
    const now = this.clock.now();
    let fired = 0;
    while (this.triggers.length > 0 && this.triggers[0].dueAt.getTime() <= now) {
      const trigger = this.triggers.shift();
      fired += 1;
      this.applyStatus(trigger.eventId, trigger.dueAt.getTime(), "on_time");
    }
    return fired;
  }

  dispose() {
    this.cache.clear();
    this.triggers = [];
  }

  upsert(event) {
    this.validate(event);
    const cached = this.cache.get(event.event_id);
    if (cached) {
      if (cached.event.revision > event.revision) return { outcome: "stale", nextTrigger: this.nextTrigger() };
      if (this.isSame(cached.event, event)) {
        cached.event = event;
        return { outcome: "unchanged", nextTrigger: this.nextTrigger() };
      }
      this.triggers = this.triggers.filter((trigger) => trigger.eventId !== event.event_id);
    }
    this.cache.set(event.event_id, { event, status: cached?.status ?? this.statusOf(event, this.clock.now()) });
    this.triggers.push(...this.createTriggers(event));
    this.sortTriggers();
    if (cached) this.applyStatus(event.event_id, this.clock.now(), "edit");
    return { outcome: cached ? "updated" : "added", nextTrigger: this.nextTrigger() };
  }

  validate(event) {
    if (typeof event.event_id !== "string" || event.event_id.length === 0 || event.event_id.length > 128) {
      throw new Error("event_id is required");
    }
    for (const [field] of DATES) {
      if (event[field] && Number.isNaN(new Date(event[field]).getTime())) throw new Error(`${field} is not a date`);
    }
    const after = (late, early) => !event[late] || !event[early] || new Date(event[late]) >= new Date(event[early]);
    const valid =
      after("end_datetime", "start_datetime") &&
      after("registration_end_date", "registration_start_date") &&
      after("end_datetime", "registration_start_date") &&
      after("end_datetime", "registration_end_date") &&
      after("certificate_start_date", "start_datetime") &&
      after("certificate_end_date", event.certificate_start_date ? "certificate_start_date" : "end_datetime");
    if (!valid) throw new Error("dates are out of order");
  }

  createTriggers(event) {
    if (this.gateOf(event) || !event.start_datetime || !event.end_datetime) return [];
    const now = this.clock.now();
    const triggers = [];
    for (const [field, kind] of DATES) {
      const text =
        event[field] ?? (kind === "certificate_start" && event.certificate_end_date ? event.end_datetime : null);
      if (!text) continue;
      const dueAt = new Date(text);
      if (dueAt.getTime() > now)
        triggers.push({ id: `${event.event_id}_${kind}`, eventId: event.event_id, kind, dueAt });
    }
    return triggers;
  }

  sortTriggers() {
    this.triggers.sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime());
  }

  applyStatus(id, at, cause) {
    const cached = this.cache.get(id);
    if (!cached) return;
    const from = cached.status;
    const to = this.statusOf(cached.event, at);
    if (from.status === to.status && from.sub_status === to.sub_status) return;
    cached.status = to;
    for (const listener of this.listeners) listener({ eventId: id, from, to, at, cause });
  }

  gateOf(event) {
    if (event.status === "cancelled") return "cancelled";
    if (event.status === "declined" || event.event_approval_status === "declined") return "declined";
    const pending = event.status === "pending_approval" || event.event_approval_status === "pending_approval";
    return pending || (event.approval_required && event.event_approval_status !== "approved")
      ? "pending_approval"
      : null;
  }

  statusOf(event, now) {
    const gate = this.gateOf(event);
    if (gate) return { status: gate, sub_status: gate };
    const date = (field) => (event[field] ? new Date(event[field]).getTime() : null);
    const start = date("start_datetime");
    const end = date("end_datetime");
    if (start === null || end === null) return { status: "draft", sub_status: "draft" };
    if (now < start) {
      const opens = date("registration_start_date");
      const closes = date("registration_end_date");
      if (opens === null && closes === null) return { status: "upcoming", sub_status: "registration_not_required" };
      if (opens !== null && now < opens) return { status: "upcoming", sub_status: "registration_not_started" };
      if (closes !== null && now >= closes) return { status: "upcoming", sub_status: "registration_closed" };
      return { status: "upcoming", sub_status: "registration_open" };
    }
    if (now < end) return { status: "ongoing", sub_status: "event_started" };
    const lapses = date("certificate_end_date");
    const available = date("certificate_start_date") ?? (lapses === null ? null : end);
    if (available === null) return { status: "completed", sub_status: "event_ended" };
    if (now < available) return { status: "ongoing", sub_status: "event_ended" };
    if (lapses !== null && now >= lapses) return { status: "completed", sub_status: "event_ended" };
    return { status: "ongoing", sub_status: "certificate_available" };
  }

  isSame(a, b) {
    const fields = [
      ...DATES.map(([field]) => field),
      "status",
      "event_approval_status",
      "approval_required",
      "revision",
    ];
    return fields.every((field) => a[field] === b[field]);
  }
}

/** @param {{clock: {now(): number}}} options */
export function create(options) {
  return new ArrayScheduler(options);
}
