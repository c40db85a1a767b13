import type { LeaseRole } from "./lease.js";

/** Where state and events are kept. */
export interface StorageHealth {
  /** `indexeddb`, `memory`, `none`, or what an own storage calls itself. */
  readonly kind: string;
  /** `kept`: survives a reload. `memory`: the storage has failed, `reason` says why. `off`: there is none, or it is not open yet. */
  readonly state: "kept" | "memory" | "off";
  /** Why nothing is kept, or what was set aside. */
  readonly reason: string | null;
  /** When something was last written, in epoch milliseconds. */
  readonly lastWriteAt: number | null;
}

/** Which tab runs the handlers. */
export interface LeaseHealth {
  /**
   * - `acting`: this one
   * - `waiting`: another one; this one takes over when that goes or falls silent
   * - `solo`: each tab for itself, because tabs cannot agree here
   * - `off`: the scheduler does not run
   */
  readonly role: LeaseRole;
  /** Grows whenever another tab begins to act. */
  readonly epoch: number | null;
  /** The tab that acts has no handler for kinds that this one handles: register the same handlers in every tab. */
  readonly handlersMissing: boolean;
}
