/** Locks that the tabs of one browser profile share. Each is held by one tab at most, and goes with the tab that holds it. */
export interface TabLocks {
  /**
   * Waits for the lock, calls `use`, and holds the lock until the promise of that settles. With `steal` it is taken at
   * once from whoever holds it. Rejects when `signal` ends the wait, or when another tab has stolen the lock meanwhile.
   */
  hold(
    name: string,
    options: { readonly signal: AbortSignal } | { readonly steal: true },
    use: () => Promise<void>,
  ): Promise<void>;
  /** The same where the lock is free now; else `use` is not called. */
  holdIfFree(name: string, use: () => Promise<void>): Promise<void>;
  /** Whether this tab still holds the lock. Code that was frozen runs on for a moment although the lock was stolen. */
  holds(name: string): Promise<boolean>;
}

/** The Web Locks of the browser; `null` where it has none, as on pages without HTTPS. */
export function webLocks(): TabLocks | null {
  const locks = (globalThis as { readonly navigator?: { readonly locks?: LockManager } }).navigator?.locks;
  return locks === undefined ? null : new WebLocks(locks);
}

const SELF_PREFIX = "client-event-scheduler/1/tab/";

class WebLocks implements TabLocks {
  readonly #locks: LockManager;
  /** A lock that nobody else wants, by whose holder this tab knows itself. */
  readonly #self = SELF_PREFIX + Math.random().toString(36).slice(2);

  constructor(locks: LockManager) {
    this.#locks = locks;
  }

  async hold(
    name: string,
    options: { readonly signal: AbortSignal } | { readonly steal: true },
    use: () => Promise<void>,
  ): Promise<void> {
    await this.#locks.request(name, options, use);
  }

  async holdIfFree(name: string, use: () => Promise<void>): Promise<void> {
    await this.#locks.request(name, { ifAvailable: true }, (lock) => (lock === null ? undefined : use()));
  }

  async holds(name: string): Promise<boolean> {
    const { held = [] } = await this.#locks.request(this.#self, () => this.#locks.query());
    const holderOf = (wanted: string): string | undefined => held.find((lock) => lock.name === wanted)?.clientId;
    return holderOf(name) !== undefined && holderOf(name) === holderOf(this.#self);
  }
}
