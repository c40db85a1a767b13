/** Where the tabs of one application agree which of them holds the stream. */
export interface Leadership {
  /**
   * Calls `lead` once this tab is the one, and holds on to that until the promise it returns settles. Resolves then, or
   * when `signal` ends the wait.
   */
  lead(signal: AbortSignal, lead: () => Promise<void>): Promise<void>;
}

const LOCK_PREFIX = "client-event-scheduler/1/stream/";

/** A lock of the browser; `null` where it has none, as on pages without HTTPS. */
export function lockLeadership(key: string): Leadership | null {
  const locks = (globalThis as { readonly navigator?: { readonly locks?: LockManager } }).navigator?.locks;
  if (locks === undefined) {
    return null;
  }
  return {
    async lead(signal, lead) {
      let granted = false;
      const granting = (): Promise<void> => {
        granted = true;
        return lead();
      };
      try {
        await locks.request(LOCK_PREFIX + key, { signal }, granting);
      } catch (thrown) {
        if (granted) {
          throw thrown;
        }
        // The wait was ended; or the page may not use locks, as in a sandboxed frame: then each is its own leader.
        if (!signal.aborted) {
          await lead();
        }
      }
    },
  };
}
