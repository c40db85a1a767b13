/** A stream of numbers that is the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** In `[0, 1)`. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer in `[from, until)`. */
  integer(from: number, until: number): number {
    return from + Math.floor(this.next() * (until - from));
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.integer(0, from.length)];
    if (picked === undefined) throw new Error("there is nothing to pick from");
    return picked;
  }

  /** `count` different ones, in their order. */
  sample<T>(from: readonly T[], count: number): T[] {
    const rest = from.map((_, index) => index);
    const picked: number[] = [];
    while (picked.length < count && rest.length > 0) picked.push(...rest.splice(this.integer(0, rest.length), 1));
    return picked.sort((a, b) => a - b).map((index) => from[index] as T);
  }
}
