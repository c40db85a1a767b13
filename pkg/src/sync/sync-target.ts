import type { Engine } from "../engine/engine.js";
import type { Logger } from "../ports/logger.js";
import { SOURCE_FEED, SOURCE_LOCAL } from "../wasm/raw.js";
import { applyChange } from "./apply-change.js";
import type { SyncTarget } from "./sync-loop.js";

/** What a sync loop needs of a scheduler beside its engine. */
export interface SyncTargetParts extends Pick<SyncTarget, "load" | "changed"> {
  readonly engine: Engine;
  readonly logger: Logger;
}

/** The engine as a sync loop sees it. */
export function syncTarget({ engine, logger, load, changed }: SyncTargetParts): SyncTarget {
  return {
    load,
    changed,
    applyFeed: (change) => applyChange(engine, logger, change, SOURCE_FEED),
    applyRelayed: (change) => applyChange(engine, logger, change, SOURCE_LOCAL),
    synced: () => engine.control.synced(),
    checksum: () => engine.checksum(),
    now: () => engine.now(),
    retryDelayMs: (failures) => engine.retryDelayMs(failures),
  };
}
