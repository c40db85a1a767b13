/** A row has 64 bytes, a cache line: everything that an operation on one event needs comes with one access to memory. */
const ROW_BITS_64 = 3;
const ROW_BITS_32 = 4;
const ROW_BITS_8 = 6;

const REVISION = 6;
const PLACE = 14;
const PHASE = 60;
const GATE = 61;
const WAITING = 62;

/**
 * What the scheduler computes with, by handle: due times by kind and the revision as floats, the place in the heap, and the
 * phase, the gate and the number of waiting triggers as bytes.
 */
export class EventRows {
  static PLACE_BITS = ROW_BITS_32;
  static PLACE_COLUMN = PLACE;

  /** Due times: that of kind `k` is at `timesAt(handle) + k`. */
  numbers = new Float64Array(0);
  /** Holds the places in the heap. */
  words = new Int32Array(0);
  #bytes = new Uint8Array(0);

  /** Makes room for handles below `capacity`; all that was is kept. */
  reserve(capacity) {
    const numbers = new Float64Array(capacity << ROW_BITS_64);
    numbers.set(this.numbers);
    const known = this.words.length;
    this.numbers = numbers;
    this.words = new Int32Array(numbers.buffer);
    this.#bytes = new Uint8Array(numbers.buffer);
    for (let at = known + PLACE; at < this.words.length; at += 1 << ROW_BITS_32) this.words[at] = -1;
  }

  timesAt(handle) {
    return handle << ROW_BITS_64;
  }

  revision(handle) {
    return this.numbers[(handle << ROW_BITS_64) + REVISION];
  }

  setRevision(handle, revision) {
    this.numbers[(handle << ROW_BITS_64) + REVISION] = revision;
  }

  phase(handle) {
    return this.#bytes[(handle << ROW_BITS_8) + PHASE];
  }

  setPhase(handle, phase) {
    this.#bytes[(handle << ROW_BITS_8) + PHASE] = phase;
  }

  gate(handle) {
    return this.#bytes[(handle << ROW_BITS_8) + GATE];
  }

  setGate(handle, gate) {
    this.#bytes[(handle << ROW_BITS_8) + GATE] = gate;
  }

  waiting(handle) {
    return this.#bytes[(handle << ROW_BITS_8) + WAITING];
  }

  setWaiting(handle, waiting) {
    this.#bytes[(handle << ROW_BITS_8) + WAITING] = waiting;
  }
}
