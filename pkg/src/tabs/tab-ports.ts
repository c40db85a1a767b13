import { indexedDbStorage } from "../ports/indexed-db.js";
import type { SchedulerStorage } from "../ports/storage.js";
import { broadcastChannel, type TabChannel } from "../ports/tab-channel.js";
import { type TabLocks, webLocks } from "../ports/tab-locks.js";
import { type WakeSource, workerWakeSource } from "../ports/wake-source.js";
import type { SchedulerOptions } from "../types/scheduler-types.js";

/** How the tabs of a browser profile agree which of them acts. */
export interface TabPorts {
  readonly locks: TabLocks | null;
  /** Opens a channel between the tabs. */
  readonly openChannel: (<M>(name: string, onMessage: (message: M) => void) => TabChannel<M> | null) | null;
  readonly wakeSource: WakeSource | null;
}

/** What a scheduler keeps its state in and shares it through. */
export interface ProfilePorts extends TabPorts {
  readonly storage: SchedulerStorage | null;
}

const ALONE: TabPorts = { locks: null, openChannel: null, wakeSource: null };

/** The ports that the options ask for; those of the browser where there is one. */
export function profilePorts({ storage, tabs, clock }: SchedulerOptions): ProfilePorts {
  // Where a test moves the time there are no wake-ups, and nobody to agree with.
  const inBrowser = typeof indexedDB !== "undefined" && clock?.manual !== true;
  const usual: TabPorts = inBrowser
    ? { locks: webLocks(), openChannel: broadcastChannel, wakeSource: workerWakeSource() }
    : ALONE;
  return {
    storage: storage === false ? null : (storage ?? (inBrowser ? indexedDbStorage() : null)),
    ...(tabs === false ? ALONE : { ...usual, ...tabs }),
  };
}
