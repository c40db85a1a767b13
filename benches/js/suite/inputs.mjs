import { eventId, makeEvent } from "../data/events.mjs";

/** How far apart two ticks of the tick benchmark are. */
export const TICK_MS = 10_000;

/** How many triggers are due at each of them. */
export const DUE_PER_TICK = 10;

/**
 * Makes what the timed loops feed in, outside the timed part. Every input is fresh and every text flat, as if it had just been
 * parsed or received; nothing is used twice.
 */
export class Inputs {
  #size;
  #version = 0;
  #cursor = 0;

  /** @param {number} size how many events the scheduler holds */
  constructor(size) {
    this.#size = size;
  }

  /** Events that the scheduler does not hold. */
  additions(count) {
    this.#version += 1;
    return this.#make(count, (at) => this.#size + at);
  }

  /** New versions, with other dates, of events that it holds. */
  updates(count) {
    this.#version += 1;
    return this.#make(count, () => this.#nextIndex());
  }

  /** New versions of events that begin one by one, ten in each tick after `from`. */
  dueIn(ticks, from) {
    this.#version += 1;
    const spacing = Math.floor(TICK_MS / (DUE_PER_TICK + 1));
    const startAt = (at) => from + Math.floor(at / DUE_PER_TICK) * TICK_MS + ((at % DUE_PER_TICK) + 1) * spacing;
    return this.#make(ticks * DUE_PER_TICK, () => this.#nextIndex(), startAt);
  }

  /** Ids of events that it holds, spread over all of them. */
  ids(count) {
    return Array.from({ length: count }, (_, at) => flat(eventId(Math.floor((at * this.#size) / count))));
  }

  #make(count, indexOf, startAt = () => undefined) {
    const inputs = { objects: [], texts: [], ids: [] };
    for (let at = 0; at < count; at += 1) {
      const event = makeEvent(indexOf(at), { variant: this.#version, startAt: startAt(at) });
      const text = JSON.stringify(event);
      const object = JSON.parse(text);
      inputs.objects.push(object);
      inputs.texts.push(text);
      inputs.ids.push(object.event_id);
    }
    return inputs;
  }

  /** Walks over all events in large steps, so that neighbours in one round are no neighbours in memory. */
  #nextIndex() {
    this.#cursor += 1;
    return (this.#cursor * 7919) % this.#size;
  }
}

function flat(text) {
  return JSON.parse(JSON.stringify(text));
}
