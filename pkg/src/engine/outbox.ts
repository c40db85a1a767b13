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
  /** The first record that is news. */
  readonly from: number;
}

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
    const from = this.#passOver(ids.length, records);
    if (from === ids.length) {
      return false;
    }
    this.#queue.push({ ids, records, from });
    return true;
  }

  /** The core's records come in their order, so those that are no news come first. */
  #passOver(count: number, records: Float64Array): number {
    let from = 0;
    while (from < count && this.#recordsToSkip > 0 && records[from * RECORD_STRIDE + 6] === CAUSE_EDIT) {
      this.#recordsToSkip -= 1;
      from += 1;
    }
    return from;
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

  #dispatch({ ids, records, from }: Batch): void {
    const deliveries: TriggerDelivery[] = [];
    for (let i = from; i < ids.length && !this.#closed; i += 1) {
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
    return {
      eventId,
      from: from < 0 ? null : this.#phases.status(from),
      to: this.#phases.status(records[at + 3] as number),
      at: records[at + 4] as number,
      cause: causeOf(records[at + 6] as number),
    };
  }
}

function delivery(eventId: string, records: Float64Array, at: number): TriggerDelivery {
  const kind = kindOf(records[at + 1] as number);
  const scheduledAt = records[at + 4] as number;
  const firedAt = records[at + 5] as number;
  return {
    triggerId: `${eventId}/${kind}@${new Date(scheduledAt).toISOString()}`,
    eventId,
    kind,
    scheduledAt,
    firedAt,
    latenessMs: firedAt - scheduledAt,
    cause: causeOf(records[at + 6] as number),
    superseded: records[at + 7] === 1,
  };
}
