import type { EventStatusChange, TriggerDelivery } from "../types/triggers.js";
import { RECORD_STRIDE } from "../wasm/raw.js";
import { causeOf, kindOf, type PhaseTable } from "./decode.js";

/** Receives what the core puts out, decoded. */
export interface OutboxTarget {
  statusChanged(change: EventStatusChange): void;
  fired(deliveries: readonly TriggerDelivery[]): void;
}

interface Batch {
  readonly ids: readonly string[];
  readonly records: Float64Array;
}

const TYPE_FIRED = 1;

/**
 * Holds batches of outputs until no Rust code is on the stack, then dispatches them in order. A handler that causes
 * new outputs finds them queued behind those that are being dispatched.
 */
export class Outbox {
  readonly #phases: PhaseTable;
  readonly #target: OutboxTarget;
  readonly #batches: Batch[] = [];
  #draining = false;
  #closed = false;

  constructor(phases: PhaseTable, target: OutboxTarget) {
    this.#phases = phases;
    this.#target = target;
  }

  put(ids: readonly string[], records: Float64Array): void {
    this.#batches.push({ ids, records });
  }

  /** Dispatches everything. Inside a dispatch it does nothing: the outer one goes on with what has been added. */
  drain(): void {
    if (this.#draining) {
      return;
    }
    this.#draining = true;
    try {
      for (let batch = this.#batches.shift(); batch !== undefined; batch = this.#batches.shift()) {
        this.#dispatch(batch);
      }
    } finally {
      this.#draining = false;
    }
  }

  /** Dispatches nothing any more, not even the rest of a batch that is being dispatched. */
  close(): void {
    this.#closed = true;
    this.#batches.length = 0;
  }

  #dispatch(batch: Batch): void {
    const { ids, records } = batch;
    const deliveries: TriggerDelivery[] = [];
    for (let i = 0; i < ids.length && !this.#closed; i += 1) {
      const eventId = ids[i] as string;
      const at = i * RECORD_STRIDE;
      if (records[at] === TYPE_FIRED) {
        deliveries.push(delivery(eventId, records, at));
      } else {
        this.#target.statusChanged(this.#change(eventId, records, at));
      }
    }
    if (deliveries.length > 0 && !this.#closed) {
      this.#target.fired(deliveries);
    }
  }

  #change(eventId: string, records: Float64Array, at: number): EventStatusChange {
    const from = records[at + 2] as number;
    return Object.freeze({
      eventId,
      from: from < 0 ? null : this.#phases.status(from),
      to: this.#phases.status(records[at + 3] as number),
      at: records[at + 4] as number,
      cause: causeOf(records[at + 6] as number),
    });
  }
}

function delivery(eventId: string, records: Float64Array, at: number): TriggerDelivery {
  const kind = kindOf(records[at + 1] as number);
  const scheduledAt = records[at + 4] as number;
  const firedAt = records[at + 5] as number;
  return Object.freeze({
    triggerId: `${eventId}/${kind}@${new Date(scheduledAt).toISOString()}`,
    eventId,
    kind,
    scheduledAt,
    firedAt,
    latenessMs: firedAt - scheduledAt,
    cause: causeOf(records[at + 6] as number),
    superseded: records[at + 7] === 1,
  });
}
