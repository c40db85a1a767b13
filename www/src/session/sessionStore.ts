import { linkSession } from "../api/http";
import { readSession, type Session } from "../api/session";

/** What is known of the session. `lost` while the page waits for its user to sign in again. */
export interface SessionState {
  readonly session: Session | null;
  readonly lost: boolean;
  readonly error: Error | null;
}

/** Keeps the session of this page; there is one. */
class SessionStore {
  #state: SessionState = { session: null, lost: false, error: null };
  readonly #listeners = new Set<() => void>();

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  getSnapshot = (): SessionState => this.#state;

  /** Asks the server who is signed in. */
  async read(): Promise<void> {
    try {
      this.adopt(await readSession());
    } catch (error) {
      this.#set({ error: error as Error });
    }
  }

  /** Takes a session over, also one that has just begun. A page that another user has filled starts afresh. */
  adopt(session: Session): void {
    const before = this.#state.session;
    if (before?.signed_in && !session.signed_in) {
      // A page with somebody's work on it stays as it is until he is back.
      this.lose();
    } else if (before?.signed_in && before.id !== session.id) {
      this.restart();
    } else {
      this.#set({ session, lost: false, error: null });
    }
  }

  lose(): void {
    if (this.#state.session?.signed_in) this.#set({ lost: true });
  }

  /** Whether the same user is still signed in, by a session that another tab may have begun. */
  async renew(): Promise<boolean> {
    const before = this.#state.session?.id;
    const now = await readSession().catch(() => null);
    if (!now) return false;
    this.adopt(now);
    return now.signed_in && now.id === before;
  }

  /** Completes when somebody is signed in. */
  signedIn(signal: AbortSignal | null | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        if (!signal?.aborted && this.#state.lost) return;
        unsubscribe();
        signal?.removeEventListener("abort", settle);
        if (signal?.aborted) reject(signal.reason);
        else resolve();
      };
      const unsubscribe = this.subscribe(settle);
      signal?.addEventListener("abort", settle);
      settle();
    });
  }

  /** Nothing of one user stays in the page for the next one. */
  restart(): void {
    window.location.reload();
  }

  #set(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

export const sessionStore = new SessionStore();

linkSession({
  csrfToken: () => sessionStore.getSnapshot().session?.csrf_token ?? null,
  lost: () => sessionStore.lose(),
  renewed: () => sessionStore.renew(),
});

/** `fetch` for the feed: what the server refuses for want of a session is asked again once there is one. */
export const fetchSignedIn: typeof fetch = async (input, init) => {
  for (;;) {
    const response = await fetch(input, init);
    if (response.status !== 401) return response;
    await response.body?.cancel();
    sessionStore.lose();
    await sessionStore.signedIn(init?.signal);
  }
};
