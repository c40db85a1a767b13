import { EPOCH_MS } from "../data/events.mjs";
import { ManualClock } from "./clock.mjs";
import { DUE_PER_TICK, Inputs, TICK_MS } from "./inputs.mjs";
import { StepProbe } from "./probe.mjs";
import { addAll, addAndLookAll, checked, readAll, removeAll, tickAll, updateAll } from "./timed.mjs";

const NS_PER_MS = 1e6;
const IDLE_STEP_MS = 1;
const MOST_CALLS = 2000;
const MOST_IDLE_CALLS = 20_000;
const READS = 1000;

/**
 * One competitor at one size, in a page or process of its own. The harness calls `round` for each competitor in turn.
 *
 * The environment gives `body(size)`, the bytes of a response; `openStream(size)`, the same as a `Response` that arrives in
 * pieces, with `lastByteAt()`; and `collectGarbage()`.
 */
export class Subject {
  #competitor;
  #environment;
  #size;
  #bytes;
  #inputs;
  #scheduler;
  #clock;
  #changes = 0;
  #calls = new Map();

  constructor(competitor, environment) {
    this.#competitor = competitor;
    this.#environment = environment;
  }

  /** Gets ready for the loads of `size` events. */
  async prepareLoads(size) {
    await this.#competitor.ready?.();
    this.#size = size;
    this.#bytes = await this.#environment.body(size);
  }

  /** Gets ready for single operations on `size` loaded events. */
  async prepareOperations(size) {
    await this.prepareLoads(size);
    this.#inputs = new Inputs(size);
    this.#clock = new ManualClock(EPOCH_MS);
    this.#scheduler = this.#create(this.#clock);
    await this.#scheduler.initialize(this.#bytes);
    this.#bytes = undefined;
  }

  /** Repeats an operation until the engine has compiled it, and finds out how many calls make a round of `roundMs`. */
  async warmUp(operation, { warmMs, roundMs }) {
    const started = performance.now();
    let calls = 1;
    for (;;) {
      this.#calls.set(operation, calls);
      const before = performance.now();
      await this[`_${operation}`](calls);
      const took = performance.now() - before;
      const most = this.#mostCalls(operation);
      if (performance.now() - started > warmMs) {
        // Preparing the inputs takes most of a fast round, so this errs towards fewer calls, never fewer than a thousand fast ones.
        const fitting = Math.floor((calls * roundMs) / Math.max(took, 0.01));
        this.#calls.set(operation, Math.max(1, Math.min(most, Math.max(calls, fitting))));
        return this.#calls.get(operation);
      }
      if (took < roundMs) calls = Math.min(most, calls * 2);
    }
  }

  /** Runs one round of an operation. Returns nanoseconds by metric. */
  async round(operation) {
    await this.#environment.collectGarbage();
    return this[`_${operation}`](this.#calls.get(operation) ?? 1);
  }

  async _load(calls) {
    const total = { load_bytes: 0, get_first: 0, get_again: 0 };
    for (let call = 0; call < calls; call += 1) {
      const started = performance.now();
      const scheduler = this.#create(new ManualClock(EPOCH_MS));
      const report = await scheduler.initialize(this.#bytes);
      total.load_bytes += checked(performance.now() - started, report.loaded, this.#size, "events loaded");
      const ids = new Inputs(this.#size).ids(Math.min(READS, this.#size));
      total.get_first += readAll(scheduler, ids, 1) / ids.length;
      total.get_again += readAll(scheduler, ids, 20) / (ids.length * 20);
      scheduler.dispose();
    }
    return perCall(total, calls);
  }

  /** The whole, and what is left to do after the last byte; the probe runs in a load of its own, because it takes time itself. */
  async _stream() {
    const { total, left } = await this.#streamOnce();
    const probe = new StepProbe();
    probe.start();
    await this.#streamOnce();
    const longest = await probe.stop();
    return perCall({ stream_total: total, stream_left: left, stream_longest_step: longest }, 1);
  }

  async #streamOnce() {
    const scheduler = this.#create(new ManualClock(EPOCH_MS));
    const started = performance.now();
    const { response, lastByteAt } = await this.#environment.openStream(this.#size);
    const report = await scheduler.initialize(response);
    const ready = performance.now();
    checked(0, report.loaded, this.#size, "events loaded");
    const lastByte = await lastByteAt();
    scheduler.dispose();
    return { total: ready - started, left: Math.max(0, ready - lastByte) };
  }

  _object(calls) {
    return this.#additions(calls, "objects", "add_object", addAll);
  }

  _objectNext(calls) {
    const { add_object_next } = this.#additions(calls, "objects", "add_object_next", addAndLookAll);
    return { add_object_next };
  }

  _text(calls) {
    return this.#additions(calls, "texts", "add_text", addAll);
  }

  _updateObject(calls) {
    return { update_object: this.#updates(calls, "objects") };
  }

  _updateText(calls) {
    return { update_text: this.#updates(calls, "texts") };
  }

  _idle(calls) {
    const before = this.#changes;
    const elapsed = tickAll(this.#scheduler, this.#clock, calls, IDLE_STEP_MS);
    checked(0, this.#changes, before, "changes while idle");
    return perCall({ tick_idle: elapsed }, calls);
  }

  _due(calls) {
    const { ids, objects } = this.#inputs.dueIn(calls, this.#clock.at);
    updateAll(this.#scheduler, ids, objects);
    const before = this.#changes;
    const elapsed = tickAll(this.#scheduler, this.#clock, calls, TICK_MS);
    checked(0, this.#changes - before, calls * DUE_PER_TICK, "due triggers");
    return perCall({ tick_10_due: elapsed }, calls);
  }

  #additions(calls, form, metric, add) {
    const total = { [metric]: 0, remove: 0 };
    for (const count of this.#portions(calls)) {
      const inputs = this.#inputs.additions(count);
      total[metric] += add(this.#scheduler, inputs[form]);
      total.remove += removeAll(this.#scheduler, inputs.ids);
    }
    return perCall(total, calls);
  }

  #updates(calls, form) {
    let elapsed = 0;
    for (const count of this.#portions(calls)) {
      const inputs = this.#inputs.updates(count);
      elapsed += updateAll(this.#scheduler, inputs.ids, inputs[form]);
    }
    return (elapsed / calls) * NS_PER_MS;
  }

  /** Never lets the number of events grow by more than a tenth. */
  #portions(calls) {
    const most = Math.max(10, Math.floor(this.#size / 10));
    const portions = [];
    for (let left = calls; left > 0; left -= most) portions.push(Math.min(most, left));
    return portions;
  }

  #mostCalls(operation) {
    if (operation === "stream") return 1;
    if (operation === "load") return Math.max(1, Math.floor(2000 / this.#size));
    if (operation === "due") return Math.max(1, Math.min(50, Math.floor(this.#size / DUE_PER_TICK)));
    return operation === "idle" ? MOST_IDLE_CALLS : MOST_CALLS;
  }

  #create(clock) {
    const scheduler = this.#competitor.create({ clock });
    scheduler.onStatusChange((change) => {
      if (change.to.sub_status !== undefined) this.#changes += 1;
    });
    return scheduler;
  }
}

function perCall(totals, calls) {
  return Object.fromEntries(Object.entries(totals).map(([metric, ms]) => [metric, (ms / calls) * NS_PER_MS]));
}
