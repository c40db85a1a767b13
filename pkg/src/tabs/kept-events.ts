import type { Engine } from "../engine/engine.js";
import { bulkLoad } from "../load/bulk-load.js";
import type { StoredScheduler } from "../ports/storage.js";
import { SOURCE_LOCAL } from "../wasm/raw.js";

/**
 * Makes the events that were kept the whole set, but for those that the application has changed meanwhile: their ids are
 * `unwritten`. At the start of a page they are of the time of the state that it has adopted.
 */
export async function loadKept(
  engine: Engine,
  { events, journal }: StoredScheduler,
  unwritten: Iterable<string>,
  atStart: boolean,
): Promise<void> {
  const changes = new Map(journal);
  for (const eventId of unwritten) {
    changes.set(eventId, engine.eventText(eventId) ?? null);
  }
  const texts = [...changes.values()].filter((json) => json !== null);
  if (events.length === 0 && texts.length === 0) {
    return;
  }
  // Of two definitions with one id the later one counts: the journal is behind the events.
  const parts = [...events, ...texts].flatMap((part, i) => (i === 0 ? [part] : [",", part]));
  await bulkLoad(engine, new Blob(["[", ...(parts as BlobPart[]), "]"]).stream(), atStart ? "kept" : "backEnd");
  for (const [eventId, json] of changes) {
    if (json === null) {
      engine.remove(eventId, Number.NaN, SOURCE_LOCAL);
    }
  }
}
