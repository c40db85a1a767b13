import type { EventFields, EventSnapshot, EventStatus } from "../types/events.js";

/** What is kept in JavaScript about one event. */
interface Entry {
  /** The caller's object; `null` where the definition is kept as bytes in WebAssembly. */
  definition: EventFields | null;
  /** What `getEvent` has returned last. */
  view: EventSnapshot | null;
  /** The status has changed since `view` was made. */
  stale: boolean;
}

/**
 * Definitions that arrived as objects, and the snapshots that were handed out. Events that arrived as bytes have no
 * entry until somebody reads them.
 */
export class EventStore {
  readonly #entries = new Map<string, Entry>();

  /** Keeps the caller's object as the definition of `eventId`. */
  keep(eventId: string, definition: EventFields): void {
    const entry = this.#entries.get(eventId);
    if (entry === undefined) {
      this.#entries.set(eventId, { definition, view: null, stale: false });
      return;
    }
    entry.definition = definition;
    entry.view = null;
  }

  /** Forgets the event: it is gone, or its definition is kept elsewhere. */
  drop(eventId: string): void {
    this.#entries.delete(eventId);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Notes that the event's status has changed. */
  invalidate(eventId: string): void {
    const entry = this.#entries.get(eventId);
    if (entry !== undefined) {
      entry.stale = true;
    }
  }

  /** The object that the caller gave, if the definition is kept here. */
  definition(eventId: string): EventFields | undefined {
    return this.#entries.get(eventId)?.definition ?? undefined;
  }

  /** Every definition that is kept here, in the order in which the events came. */
  *definitions(): IterableIterator<[string, EventFields]> {
    for (const [eventId, entry] of this.#entries) {
      if (entry.definition !== null) {
        yield [eventId, entry.definition];
      }
    }
  }

  /** Id and `venue` of every event whose definition is kept here and has one, each ended by NUL. */
  venues(): string {
    let text = "";
    for (const [eventId, definition] of this.definitions()) {
      const { venue } = definition as { readonly venue?: unknown };
      if (typeof venue === "string" && !venue.includes("\0")) {
        text += `${eventId}\0${venue}\0`;
      }
    }
    return text;
  }

  /** The snapshot that was handed out last, unless something has changed since. */
  current(eventId: string): EventSnapshot | undefined {
    const entry = this.#entries.get(eventId);
    return entry === undefined || entry.stale ? undefined : (entry.view ?? undefined);
  }

  /**
   * Makes the snapshot of an event from its definition and its computed status. `read` supplies the JSON of a
   * definition that is kept as bytes; it is asked at most once per definition.
   */
  snapshot(
    eventId: string,
    status: EventStatus,
    read: (eventId: string) => string | undefined,
  ): EventSnapshot | undefined {
    let entry = this.#entries.get(eventId);
    const known = entry?.definition ?? entry?.view;
    let fields: Record<string, unknown>;
    if (known == null) {
      const json = read(eventId);
      if (json === undefined) {
        return undefined;
      }
      fields = JSON.parse(json) as Record<string, unknown>;
    } else {
      fields = { ...known };
    }
    fields.event_id = eventId;
    fields.status = status.status;
    fields.sub_status = status.sub_status;
    const view = Object.freeze(fields) as EventSnapshot;
    if (entry === undefined) {
      entry = { definition: null, view, stale: false };
      this.#entries.set(eventId, entry);
    }
    entry.view = view;
    entry.stale = false;
    return view;
  }
}
