import type { ClientEventScheduler } from "../scheduler.js";

/** Components that watch one scheduler. */
interface Audience {
  readonly watchers: Set<() => void>;
  readonly leave: () => void;
}

const audiences = new WeakMap<ClientEventScheduler, Audience>();
const nothingToEnd = (): void => undefined;

/**
 * Calls `onChange` after anything has changed; the returned function ends that. However many components watch, the
 * scheduler has one handler more, so that a table of thousands of rows stays below the number that it takes.
 */
export function watchScheduler(scheduler: ClientEventScheduler | null, onChange: () => void): () => void {
  if (scheduler === null || scheduler.disposed) {
    return nothingToEnd;
  }
  const audience = audiences.get(scheduler) ?? gather(scheduler);
  // A function of its own for each, since two components may bring the same one.
  const watcher = (): void => onChange();
  audience.watchers.add(watcher);
  return () => {
    if (audience.watchers.delete(watcher) && audience.watchers.size === 0) {
      audience.leave();
      audiences.delete(scheduler);
    }
  };
}

function gather(scheduler: ClientEventScheduler): Audience {
  const watchers = new Set<() => void>();
  const leave = scheduler.subscribe(() => {
    for (const watcher of [...watchers]) {
      watcher();
    }
  });
  const audience = { watchers, leave };
  audiences.set(scheduler, audience);
  return audience;
}
