import { useCallback, useRef, useSyncExternalStore } from "react";
import type { ClientEventScheduler } from "../scheduler.js";
import { watchScheduler } from "./watch-scheduler.js";

interface Cached<T> {
  readonly scheduler: ClientEventScheduler;
  readonly version: number;
  readonly key: string;
  readonly value: T;
}

/**
 * Something that is read from the scheduler, kept until the scheduler changes, and kept as it is when what is read then
 * is the same. `key` stands for whatever `read` depends on besides the scheduler. `fallback` is what there is without
 * one, as on the server; it must always be the same object.
 */
export function useSchedulerSnapshot<T>(
  scheduler: ClientEventScheduler | null,
  key: string,
  read: (scheduler: ClientEventScheduler) => T,
  fallback: T,
  same: (a: T, b: T) => boolean = Object.is,
): T {
  const cache = useRef<Cached<T> | null>(null);
  const subscribe = useCallback((onChange: () => void) => watchScheduler(scheduler, onChange), [scheduler]);
  const snapshot = (): T => {
    if (scheduler === null || scheduler.disposed) {
      return fallback;
    }
    const { version } = scheduler;
    const cached = cache.current;
    const known = cached?.scheduler === scheduler && cached.key === key ? cached : null;
    if (known?.version === version) {
      return known.value;
    }
    const fresh = read(scheduler);
    const value = known !== null && same(known.value, fresh) ? known.value : fresh;
    cache.current = { scheduler, version, key, value };
    return value;
  };
  return useSyncExternalStore(subscribe, snapshot, () => fallback);
}
