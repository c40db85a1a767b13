import type { Fate, Simulation } from "../types/deliveries.js";
import type { EventStatus } from "../types/events.js";
import type { ExplainedTrigger, Explanation } from "../types/explanation.js";
import type { MutationOutcome, QuarantinedEvent } from "../types/scheduler-types.js";
import type { Cause, QueuedTrigger, TriggerKind } from "../types/triggers.js";
import type { RawExplanation, RawModule, RawQuarantined, RawQueued, RawSimulation } from "../wasm/raw.js";

/** What a change did to one event; only the feed can bring one that is quarantined. */
export type Outcome = MutationOutcome | "quarantined";

const OUTCOMES: readonly Outcome[] = ["added", "updated", "unchanged", "stale", "removed", "not_found", "quarantined"];

/** By their numbers. */
export const KINDS: readonly TriggerKind[] = [
  "registration_open",
  "registration_close",
  "event_start",
  "event_end",
  "certificate_start",
  "certificate_end",
];

/** One bit for each kind. */
export function kindBit(kind: TriggerKind): number {
  return 1 << KINDS.indexOf(kind);
}

const CAUSES: readonly Cause[] = ["on_time", "late", "recovered", "backfill", "edit"];

const FATES: readonly Fate[] = [
  "delivered",
  "expired",
  "superseded",
  "skipped",
  "dead_letter",
  "settled_elsewhere",
  "withdrawn",
];

/** What a mutation has done, out of its packed result. */
export function outcomeOf(packed: number): Outcome {
  return OUTCOMES[packed & 15] as Outcome;
}

/** Whether the mutation has left outputs that wait to be dispatched. */
export function hasOutputs(packed: number): boolean {
  return (packed & (1 << 24)) !== 0;
}

const NO_PHASE = 63;

/** The event's phase before and after the mutation, where it has changed it; `null` where it has not. */
export function phaseChangeOf(packed: number): { readonly from: number; readonly to: number } | null {
  const from = (packed >>> 8) & 63;
  const to = (packed >>> 16) & 63;
  return from === to || from === NO_PHASE || to === NO_PHASE ? null : { from, to };
}

export function kindOf(code: number): TriggerKind {
  return KINDS[code] as TriggerKind;
}

export function causeOf(code: number): Cause {
  return CAUSES[code] as Cause;
}

export function fateOf(code: number): Fate {
  return FATES[code] as Fate;
}

/** Phase codes as statuses: always the same frozen object for a code, so that identity means equality. */
export class PhaseTable {
  readonly #nameOf: RawModule["phase_name"];
  readonly #statuses: EventStatus[] = [];

  constructor(module: RawModule) {
    this.#nameOf = module.phase_name;
  }

  status(code: number): EventStatus {
    return this.#statuses[code] ?? this.#learn(code);
  }

  #learn(code: number): EventStatus {
    const [status, sub_status] = (this.#nameOf(code) ?? "").split("/");
    const known = Object.freeze({ status, sub_status }) as EventStatus;
    this.#statuses[code] = known;
    return known;
  }
}

export function queuedTrigger(raw: RawQueued): QueuedTrigger {
  return Object.freeze({
    triggerId: raw.triggerId,
    eventId: raw.eventId,
    kind: raw.kind as TriggerKind,
    dueAt: raw.dueAt,
  });
}

export function quarantinedEvent(raw: RawQuarantined): QuarantinedEvent {
  return Object.freeze({
    eventId: raw.eventId,
    problems: Object.freeze(raw.problems.map((problem) => Object.freeze({ ...problem }))),
  });
}

export function explanation(raw: RawExplanation, phases: PhaseTable): Explanation {
  return frozen({
    ...raw,
    event: raw.event === null ? null : { ...raw.event, status: phases.status(raw.event.status) },
    triggers: raw.triggers.map((trigger): ExplainedTrigger => {
      const { state } = trigger;
      return {
        ...trigger,
        state: state.type === "gate_closed" ? { ...state, status: phases.status(state.status) } : state,
      };
    }),
  });
}

export function simulation(raw: RawSimulation, phases: PhaseTable): Simulation {
  return frozen({
    complete: raw.complete,
    triggers: raw.triggers.map(({ trigger, before, after }) => ({
      ...queuedTrigger(trigger),
      before: phases.status(before),
      after: phases.status(after),
    })),
  });
}

/** Freezes a plain value and all that it is made of. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}
