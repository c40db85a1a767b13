import type { Engine } from "../engine/engine.js";
import type { Logger } from "../ports/logger.js";
import { SOURCE_FEED, SOURCE_LOCAL } from "../wasm/raw.js";
import { applyChange } from "./apply-change.js";
import type { SyncTarget } from "./sync-loop.js";

/** What a sync loop needs of a scheduler beside its engine. */
export interface SyncTargetParts extends Pick<SyncTarget, "load" | "changed"> {
  readonly engine: Engine;
  readonly logger: Logger;
  /** The back end has changed an event. */
  readonly feedChange: (eventId: string) => void;
}

/** The engine as a sync loop sees it. */
export function syncTarget({ engine, logger, load, changed, feedChange }: SyncTargetParts): SyncTarget {
  return {
    load,
    changed,
    applyFeed: (change) => {
      applyChange(engine, logger, change, SOURCE_FEED);
      feedChange(change.eventId);
    },
    applyRelayed: (change) => applyChange(engine, logger, change, SOURCE_LOCAL),
    synced: () => engine.control.synced(),
    checksum: () => engine.checksum(),
    now: () => engine.now(),
    retryDelayMs: (failures) => engine.retryDelayMs(failures),
  };
}
