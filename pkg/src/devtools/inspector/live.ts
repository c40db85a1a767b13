import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { pageRegistry } from "../../page/registry.js";
import { secondClockOf } from "../../page/second-clock.js";
import { useOptionalScheduler } from "../../react/provider.js";
import type { ClientEventScheduler } from "../../scheduler.js";

/** Changes that follow each other faster than this are shown together. */
const SHOWN_EVERY_MS = 250;

const NOTHING = (): void => undefined;

/** The scheduler that was given, else that of the provider above, else the one that was made last on this page. */
export function useInspected(given: ClientEventScheduler | undefined): ClientEventScheduler | null {
  const provided = useOptionalScheduler();
  const current = (): ClientEventScheduler | null => {
    const scheduler = given ?? provided ?? [...pageRegistry().schedulers].at(-1);
    return scheduler === undefined || scheduler.disposed ? null : scheduler;
  };
  // Neither a new scheduler nor the end of one is announced: it is looked for once a second.
  return useSyncExternalStore(secondClockOf(null).watch, current, () => null);
}

/**
 * What `read` makes of the scheduler, read anew when the scheduler has changed — four times a second at most, however
 * much happens — or when one of `inputs` has.
 */
export function useLive<T>(
  scheduler: ClientEventScheduler,
  inputs: readonly unknown[],
  read: (scheduler: ClientEventScheduler) => T,
): T {
  const version = useShownVersion(scheduler);
  const latest = useRef(read);
  latest.current = read;
  const known = useRef<{ readonly value: T } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `inputs` stand for whatever `read` depends on
  const { value } = useMemo(() => {
    // Until the panel has noticed that the scheduler is gone, it shows what it has shown.
    const gone = scheduler.disposed ? known.current : null;
    return gone ?? { value: latest.current(scheduler) };
  }, [scheduler, version, ...inputs]);
  known.current = { value };
  return value;
}

/**
 * What the scheduler answers, asked anew as {@link useLive} reads; the last answer until the next one is there, and `null`
 * before the first.
 */
export function useAnswer<T>(
  scheduler: ClientEventScheduler,
  inputs: readonly unknown[],
  ask: (scheduler: ClientEventScheduler) => Promise<T>,
): T | null {
  const asked = useLive(scheduler, inputs, ask);
  const [answer, setAnswer] = useState<T | null>(null);
  useEffect(() => {
    let awaited = true;
    const show = (value: T): void => {
      if (awaited) {
        setAnswer(value);
      }
    };
    // A scheduler that has ended meanwhile has no answer; the panel is about to notice.
    void asked.then(show, NOTHING);
    return () => {
      awaited = false;
    };
  }, [asked]);
  return answer;
}

function useShownVersion(scheduler: ClientEventScheduler): number {
  const shown = useRef(scheduler.version);
  const subscribe = useCallback(
    (onChange: () => void) => {
      if (scheduler.disposed) {
        return NOTHING;
      }
      let timer: ReturnType<typeof setTimeout> | undefined;
      const show = (): void => {
        timer = undefined;
        shown.current = scheduler.version;
        onChange();
      };
      const unsubscribe = scheduler.subscribe(() => {
        timer ??= setTimeout(show, SHOWN_EVERY_MS);
      });
      show();
      return () => {
        clearTimeout(timer);
        unsubscribe();
      };
    },
    [scheduler],
  );
  return useSyncExternalStore(
    subscribe,
    () => shown.current,
    () => 0,
  );
}

/** A text that depends on the time, and is drawn anew only in the seconds in which it changes. */
export function useTimeText(scheduler: ClientEventScheduler, text: (now: number) => string): string {
  const clock = secondClockOf(scheduler);
  return useSyncExternalStore(
    clock.watch,
    () => (scheduler.disposed || clock.current === null ? "" : text(clock.current)),
    () => "",
  );
}
