/** A number that is the same at the next visit, where the page may keep something. */
export class KeptNumber {
  readonly #key: string;
  readonly #kept: boolean;

  constructor(name: string, kept: boolean) {
    this.#key = `client-event-scheduler/${name}`;
    // Node has a `localStorage` too, which is nobody's.
    this.#kept = kept && typeof document === "object";
  }

  /** NaN where there is none. */
  read(): number {
    try {
      return Number((this.#kept ? localStorage.getItem(this.#key) : null) ?? Number.NaN);
    } catch {
      return Number.NaN;
    }
  }

  write(value: number): void {
    try {
      if (this.#kept) {
        localStorage.setItem(this.#key, String(value));
      }
    } catch {
      // Storage is full, or forbidden here.
    }
  }
}

/**
 * Where this client stands between two requests, from 0 up to 1: not all are to ask at the same instant, and each always at
 * its own.
 */
export function pollPhase(kept: boolean): number {
  const number = new KeptNumber("phase", kept);
  const known = number.read();
  if (known >= 0 && known < 1) {
    return known;
  }
  const drawn = Math.random();
  number.write(drawn);
  return drawn;
}
