/**
 * A small seeded generator (mulberry32): the same seed gives the same sequence in every engine.
 *
 * @param {number} seed any 32-bit integer
 * @returns {() => number} numbers in [0, 1)
 */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A 32-bit seed for one version of one event, so that any event can be made without making those before it. */
export function seedOf(seed, index, variant) {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d) ^ Math.imul(variant + 1, 0x27d4eb2f);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
