import type { Fate } from "../types/deliveries.js";
import type { EventStatusChange, TriggerDelivery, TriggerKind } from "../types/triggers.js";
import { RECORD_STRIDE } from "../wasm/raw.js";
import { causeOf, fateOf, kindOf, type PhaseTable } from "./decode.js";

/** A trigger has fired and will not be delivered. */
export interface Undelivered {
  readonly triggerId: string;
  readonly eventId: string;
  readonly kind: TriggerKind;
  readonly fate: Fate;
}

/** Receives what the core puts out, decoded. */
export interface OutboxTarget {
  statusChanged(change: EventStatusChange): void;
  fired(deliveries: readonly TriggerDelivery[]): void;
  undelivered(lost: readonly Undelivered[]): void;
}

interface Batch {
  readonly ids: readonly string[];
  readonly records: Float64Array;
  /** So many changes of status by edits, the first ones, are no news. */
  readonly skip: number;
}

const TYPE_STATUS = 0;
const TYPE_FIRED = 1;
const CAUSE_EDIT = 4;

/**
 * Holds outputs until no Rust code is on the stack, then dispatches them in order. A handler that causes new outputs
 * finds them queued behind those that are being dispatched.
 */
export class Outbox {
  readonly #phases: PhaseTable;
  readonly #target: OutboxTarget;
  readonly #queue: (Batch | EventStatusChange)[] = [];
  /** Edits that were dispatched already and whose records are still to come from the core. */
  #recordsToSkip = 0;
  #draining = false;
  #closed = false;

  constructor(phases: PhaseTable, target: OutboxTarget) {
    this.#phases = phases;
    this.#target = target;
  }

  /** How many records the core keeps for nothing. */
  get recordsToSkip(): number {
    return this.#recordsToSkip;
  }

  /** Takes records from the core; answers whether there is news among them. */
  put(ids: readonly string[], records: Float64Array): boolean {
    const skip = this.#passOver(ids.length, records);
    if (skip === ids.length) {
      return false;
    }
    this.#queue.push({ ids, records, skip });
    return true;
  }

  /** The core's records come in their order, so the first edits are those that are no news; others may stand between. */
  #passOver(count: number, records: Float64Array): number {
    let skip = 0;
    for (let i = 0; i < count && this.#recordsToSkip > 0; i += 1) {
      if (isEdit(records, i * RECORD_STRIDE)) {
        this.#recordsToSkip -= 1;
        skip += 1;
      }
    }
    return skip;
  }

  /**
   * Takes a change of status that the result of a mutation has told of, so that its record need not be fetched: that
   * costs more than the mutation. Where the core has kept the record all the same, because others wait before it, it is
   * passed over when it comes with them.
   */
  putEdit(eventId: string, from: number, to: number, at: number, kept: boolean): void {
    this.#recordsToSkip += kept ? 1 : 0;
    this.#queue.push({ eventId, from: this.#phases.status(from), to: this.#phases.status(to), at, cause: "edit" });
  }

  /** The core was replaced; what it had kept will not come. */
  coreReplaced(): void {
    this.#recordsToSkip = 0;
  }

  /** Dispatches everything. Inside a dispatch it does nothing: the outer one goes on with what has been added. */
  drain(): void {
    if (this.#draining) {
      return;
    }
    this.#draining = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        if ("records" in next) {
          this.#dispatch(next);
        } else {
          this.#target.statusChanged(next);
        }
      }
    } finally {
      this.#draining = false;
    }
  }

  /** Dispatches nothing any more, not even the rest of a batch that is being dispatched. */
  close(): void {
    this.#closed = true;
    this.#queue.length = 0;
  }

  #dispatch({ ids, records, skip }: Batch): void {
    const deliveries: TriggerDelivery[] = [];
    const lost: Undelivered[] = [];
    let toSkip = skip;
    for (let i = 0; i < ids.length && !this.#closed; i += 1) {
      const eventId = ids[i] as string;
      const at = i * RECORD_STRIDE;
      if (records[at] === TYPE_FIRED) {
        deliveries.push(this.#delivery(eventId, records, at));
      } else if (records[at] !== TYPE_STATUS) {
        lost.push(undelivered(eventId, records, at));
      } else if (toSkip > 0 && isEdit(records, at)) {
        toSkip -= 1;
      } else {
        this.#target.statusChanged(this.#change(eventId, records, at));
      }
    }
    if (lost.length > 0 && !this.#closed) {
      this.#target.undelivered(lost);
    }
    if (deliveries.length > 0 && !this.#closed) {
      this.#target.fired(deliveries);
    }
  }

  #change(eventId: string, records: Float64Array, at: number): EventStatusChange {
    const from = records[at + 2] as number;
    return {
      eventId,
      from: from < 0 ? null : this.#phases.status(from),
      to: this.#phases.status(records[at + 3] as number),
      at: records[at + 4] as number,
      cause: causeOf(records[at + 6] as number),
    };
  }

  #delivery(eventId: string, records: Float64Array, at: number): TriggerDelivery {
    const kind = kindOf(records[at + 1] as number);
    const scheduledAt = records[at + 4] as number;
    const revision = records[at + 8] as number;
    return {
      triggerId: triggerId(eventId, kind, scheduledAt),
      eventId,
      kind,
      scheduledAt,
      firedAt: records[at + 5] as number,
      latenessMs: records[at + 11] as number,
      cause: causeOf(records[at + 6] as number),
      superseded: records[at + 7] === 1,
      before: this.#phases.status(records[at + 2] as number),
      after: this.#phases.status(records[at + 3] as number),
      revision: Number.isNaN(revision) ? null : revision,
      sequence: records[at + 9] as number,
      attempt: records[at + 10] as number,
    };
  }
}

function undelivered(eventId: string, records: Float64Array, at: number): Undelivered {
  const kind = kindOf(records[at + 1] as number);
  return {
    triggerId: triggerId(eventId, kind, records[at + 4] as number),
    eventId,
    kind,
    fate: fateOf(records[at + 6] as number),
  };
}

function isEdit(records: Float64Array, at: number): boolean {
  return records[at] === TYPE_STATUS && records[at + 6] === CAUSE_EDIT;
}

function triggerId(eventId: string, kind: TriggerKind, scheduledAt: number): string {
  return `${eventId}/${kind}@${new Date(scheduledAt).toISOString()}`;
}
