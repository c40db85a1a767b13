import { StoreError } from "../errors/errors.js";

/** How long another tab — one that is frozen in the middle of a transaction, say — may keep this one waiting. */
const PATIENCE_SECONDS = 5;

/** Says that nothing more is asked for: the browser ends the transaction whether or not the page hears of it. */
export type Commit = () => void;
export type Work<T> = (store: (name: string) => IDBObjectStore, commit: Commit) => Promise<T>;

/** Does the work in the transaction; what it answers counts when the transaction has come to its end. */
export async function outcome<T>(transaction: IDBTransaction, work: Work<T>): Promise<T> {
  let blocked = false;
  const patience = new Patience(() => {
    blocked = true;
    abort(transaction);
  });
  const ended = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
  // Looked at only when the work itself has succeeded.
  ended.catch(() => undefined);
  try {
    const result = await work(
      (name) => transaction.objectStore(name),
      () => transaction.commit(),
    );
    await ended;
    return result;
  } catch (thrown) {
    abort(transaction);
    throw blocked ? blockedError() : causeOf(thrown, transaction);
  } finally {
    patience.end();
  }
}

/** A request that was ended with its transaction knows nothing of why. */
function causeOf(thrown: unknown, transaction: IDBTransaction): unknown {
  const ended = thrown instanceof DOMException && thrown.name === "AbortError";
  return ended ? (transaction.error ?? thrown) : thrown;
}

/**
 * Comes to an end after some time in which the page was running: one that hung for as long finds the end of its patience
 * and the answer it was waiting for at once.
 */
class Patience {
  #timer: ReturnType<typeof setTimeout>;

  constructor(onEnd: () => void) {
    const second = (left: number): ReturnType<typeof setTimeout> =>
      setTimeout(() => {
        if (left === 1) {
          onEnd();
        } else {
          this.#timer = second(left - 1);
        }
      }, 1000);
    this.#timer = second(PATIENCE_SECONDS);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** A request as a promise. Nothing but requests may be awaited in a transaction: anything else ends it. */
export function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended already.
  }
}

/** Opens or deletes a database. */
export function settled<T>(request: IDBRequest<T> | IDBOpenDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    let late = false;
    const patience = new Patience(() => {
      late = true;
      reject(blockedError());
    });
    request.onsuccess = () => {
      patience.end();
      if (late) {
        (request.result as IDBDatabase | undefined)?.close();
      }
      resolve(request.result as T);
    };
    request.onerror = () => {
      patience.end();
      reject(request.error ?? new StoreError("failed", "the storage could not be opened"));
    };
  });
}

function blockedError(): StoreError {
  return new StoreError("blocked", "another tab keeps the storage busy: close the other tabs, and reload this one");
}

export function asStoreError(thrown: unknown): StoreError {
  if (thrown instanceof StoreError) {
    return thrown;
  }
  const name = thrown instanceof DOMException ? thrown.name : "";
  if (name === "QuotaExceededError") {
    return new StoreError("quota", "the browser has no room left for this page: free some space", thrown);
  }
  if (name === "InvalidStateError") {
    return new StoreError("closed", "the browser has closed the storage", thrown);
  }
  if (name === "SecurityError") {
    return new StoreError("unavailable", "this page may not use the browser's storage", thrown);
  }
  return new StoreError("failed", `the storage has failed: ${String(thrown)}`, thrown);
}
