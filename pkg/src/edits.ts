import { checkEventId, checkSameId } from "./arguments.js";
import type { Outcome } from "./engine/decode.js";
import type { Engine } from "./engine/engine.js";
import { isObject, leadingEventId, parseEvent } from "./event-text.js";
import { Mutation } from "./mutation.js";
import type { FeedChange } from "./ports/transport.js";
import type { SyncLoop } from "./sync/sync-loop.js";
import type { TabSession } from "./tabs/tab-session.js";
import type { EventFields, EventInput } from "./types/events.js";
import type { MutationOutcome, MutationResult } from "./types/scheduler-types.js";
import { SOURCE_LOCAL } from "./wasm/raw.js";

/** Characters above which the core refuses an event's JSON in any case. */
const EVENT_JSON_LENGTH = 64 * 1024;

/** Carries out what the application changes, and tells the other tabs of it. */
export class Edits {
  readonly #engine: Engine;
  readonly #sync: SyncLoop | null;
  readonly #session: TabSession;

  constructor(engine: Engine, sync: SyncLoop | null, session: TabSession) {
    this.#engine = engine;
    this.#sync = sync;
    this.#session = session;
  }

  add(event: EventInput | string): MutationResult {
    if (typeof event === "string") {
      return this.#upsertText(undefined, event);
    }
    if (!isObject(event)) {
      this.#engine.refuseText(JSON.stringify(event) ?? "null");
    }
    return this.#upsert(event.event_id, event);
  }

  update(eventId: string, event: EventFields | string): MutationResult {
    checkEventId(eventId);
    if (typeof event === "string") {
      return this.#upsertText(eventId, event);
    }
    if (!isObject(event)) {
      this.#engine.refuseText(JSON.stringify(event) ?? "null");
    }
    const own = event.event_id;
    if (own !== eventId) {
      checkSameId(eventId, own);
    }
    return this.#upsert(eventId, event);
  }

  remove(eventId: string): MutationResult {
    checkEventId(eventId);
    const outcome = this.#engine.remove(eventId, Number.NaN, SOURCE_LOCAL);
    this.#relay(eventId, () => ({ eventId, deleted: true }));
    return this.#result(outcome);
  }

  decide(eventId: string, decision: "approved" | "declined", event: EventFields | null | undefined): MutationResult {
    const replaced = event == null ? null : this.update(eventId, event).outcome;
    checkEventId(eventId);
    if (replaced === "stale") {
      return this.#result(replaced);
    }
    const decided = this.#engine.decide(eventId, decision);
    if (decided !== "not_found") {
      this.#relay(eventId, () => changeOf(eventId, this.#engine.definition(eventId) ?? {}));
    }
    return this.#result(replaced === "added" || decided === "unchanged" ? (replaced ?? decided) : decided);
  }

  #upsert(eventId: string, event: EventFields): MutationResult {
    const outcome = this.#engine.upsert(eventId, event, SOURCE_LOCAL);
    this.#relay(eventId, () => changeOf(eventId, event));
    return this.#result(outcome);
  }

  #upsertText(eventId: string | undefined, json: string): MutationResult {
    const leading = leadingEventId(json);
    if (leading !== undefined && (eventId === undefined || eventId === leading)) {
      const outcome = this.#engine.upsertText(leading, json, SOURCE_LOCAL);
      this.#relay(leading, () => changeOf(leading, JSON.parse(json) as EventFields));
      return this.#result(outcome);
    }
    const event = json.length > EVENT_JSON_LENGTH ? undefined : parseEvent(json);
    if (event === undefined) {
      this.#engine.refuseText(json);
    }
    if (eventId !== undefined) {
      checkSameId(eventId, event.event_id);
    }
    return this.#upsert(eventId ?? (event.event_id as string), event);
  }

  /** Has the change written down, and the other tabs told. */
  #relay(eventId: string, describe: () => FeedChange): void {
    this.#sync?.localChange(eventId, describe);
    this.#session.localChange(eventId, this.#sync === null ? describe : null);
  }

  /** A local change is never quarantined: it is refused. */
  #result(outcome: Outcome): MutationResult {
    return new Mutation(outcome as MutationOutcome, this.#engine);
  }
}

function changeOf(eventId: string, event: EventFields): FeedChange {
  return { eventId, deleted: false, event: { ...event, event_id: eventId } };
}
