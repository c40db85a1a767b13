import { fromRaw } from "../errors/from-raw.js";
import { SOURCE_LOCAL } from "../wasm/raw.js";
import type { Control } from "./control.js";
import type { Core } from "./core-handle.js";
import type { EventStore } from "./event-store.js";
import type { ServerTime } from "./server-time.js";

/** What could be carried over from a core that has failed. */
export interface Recovered {
  /** How many events. */
  readonly events: number;
  /** Whether the failed core would still say which events it had. If not, some may be lost. */
  readonly complete: boolean;
}

/**
 * Gives a new core the events of one that has failed: the definitions that are kept in JavaScript, and as many of those
 * kept as bytes as the failed core still hands out. It learns who handles what, whether it is paused, and what
 * the time is.
 *
 * Lost are counters, history, dead letters, and what waited or was in flight. With it goes the memory of what has fired:
 * what was due within `backdateGraceMs` fires again, so that nothing that came due during the failure is lost.
 */
export function recover(failed: Core, fresh: Core, store: EventStore, control: Control, time: ServerTime): Recovered {
  const { texts, complete } = salvage(failed, store);
  time.moveTo(fresh.raw);
  control.reissue(fresh);
  let events = 0;
  for (const [eventId, definition] of store.definitions()) {
    events += accepted(() => fresh.raw.upsert_fields(fresh.scratch.writeFields(eventId, definition), SOURCE_LOCAL));
  }
  for (const json of texts) {
    events += accepted(() => fresh.raw.upsert_json(fresh.scratch.writeText(json), SOURCE_LOCAL));
  }
  return { events, complete };
}

function salvage({ raw, scratch }: Core, store: EventStore): { texts: string[]; complete: boolean } {
  const texts: string[] = [];
  try {
    const ids = raw.event_ids();
    for (const eventId of ids === "" ? [] : ids.split("\n")) {
      const json = store.definition(eventId) === undefined ? raw.event_json(scratch.writeText(eventId)) : undefined;
      if (json !== undefined) {
        texts.push(json);
      }
    }
    return { texts, complete: true };
  } catch {
    // What failed has kept its state locked.
    return { texts, complete: false };
  }
}

/** 1 when the core took the event, 0 when it refused it. */
function accepted(upsert: () => number): number {
  try {
    upsert();
    return 1;
  } catch (thrown) {
    if (fromRaw(thrown) === null) {
      throw thrown;
    }
    return 0;
  }
}
