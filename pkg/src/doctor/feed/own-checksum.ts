import { Engine } from "../../engine/engine.js";
import { bulkLoad } from "../../load/bulk-load.js";
import { rawConfig } from "../../options.js";
import { systemClock } from "../../ports/clock.js";
import { feedChange } from "../../ports/feed-wire.js";
import { silentLogger } from "../../ports/logger.js";
import { applyChange } from "../../sync/apply-change.js";
import { loadWasm, loadWasmSync } from "../../wasm/loader.js";
import { SOURCE_FEED } from "../../wasm/raw.js";

const ignore = (): void => undefined;

/** What the core makes of a snapshot and the changes after it: its checksum, and how many events it would not take. */
export async function ownChecksum(
  module: Uint8Array,
  snapshot: Uint8Array,
  changes: readonly unknown[],
  timeZone: string | null,
): Promise<{ readonly checksum: string; readonly quarantined: number }> {
  await loadWasm(module as Uint8Array<ArrayBuffer>);
  const engine = new Engine({
    module: loadWasmSync(),
    config: rawConfig(timeZone === null ? {} : { defaultTimeZone: timeZone }),
    clock: systemClock,
    logger: silentLogger,
    owner: { changed: ignore, statusChanged: ignore, fired: ignore, undelivered: ignore, rebuilt: ignore },
  });
  try {
    await bulkLoad(engine, snapshot);
    for (const change of changes) {
      applyChange(engine, silentLogger, feedChange(change), SOURCE_FEED);
    }
    return { checksum: engine.checksum(), quarantined: engine.quarantined().length };
  } finally {
    engine.dispose();
  }
}
