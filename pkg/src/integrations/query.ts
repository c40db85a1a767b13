import { isObject } from "../event-text.js";
import type { EventFields, EventSnapshot } from "../types/events.js";
import { CHANGE_TYPES, type SchedulerChange, type SchedulerChangeType } from "./change.js";
import { definitionsIn, eventsIn, idsIn } from "./envelope.js";
import { changesIn } from "./exchange.js";
import { typeOfKey } from "./mutation-key.js";
import { type IntegrationOptions, Sink } from "./sink.js";

/** What is read of a mutation. */
export interface MutationLike {
  readonly options: {
    readonly mutationKey?: readonly unknown[] | undefined;
    /** `scheduler` says what it does: a type of change, or `false`. */
    readonly meta?: { readonly [name: string]: unknown } | undefined;
  };
  readonly state: { readonly variables?: unknown; readonly data?: unknown };
}

/** What is used of a query client. */
export interface QueryClientLike {
  getMutationCache(): { subscribe(listener: (event: MutationEventLike) => void): () => void };
}

/** What is read of an event of the mutation cache. */
export interface MutationEventLike {
  readonly type: string;
  readonly mutation?: MutationLike | undefined;
  readonly action?: { readonly type: string } | undefined;
}

/** Says what mutations with such a key do. */
export interface MutationRule {
  /** How the key begins. */
  readonly mutationKey: readonly unknown[];
  readonly change: SchedulerChangeType | false;
}

/** How mutations are understood. The first that says something counts: `meta.scheduler`, `match`, `rules`, the key's words. */
export interface QueryOptions extends IntegrationOptions {
  readonly rules?: readonly MutationRule[] | undefined;
  /** What a mutation has done; `null` for nothing; `undefined` leaves it to the other rules. */
  readonly match?:
    | ((mutation: MutationLike) => SchedulerChange | readonly SchedulerChange[] | null | undefined)
    | undefined;
}

const UNCLEAR =
  'has answered with an event, but what it does to it cannot be told: give it `meta: { scheduler: "create" | "update" | ' +
  '"approve" | "decline" | "delete" }`, or `meta: { scheduler: false }`';
const NOT_FOUND =
  "has succeeded, but which event it was about is not to be found in its answer or its variables: answer with the event, " +
  "or pass `events` or `match`";
/** Names under which a mutation's variables have the fields that change, beside the event as it was. */
const PATCHES = ["patch", "changes", "values", "body", "data"];

/** Tells the scheduler of every mutation that has succeeded and has changed an event. Returns the function that ends it. */
export function withScheduler(queryClient: QueryClientLike, options: QueryOptions = {}): () => void {
  const mutations = new Mutations(options);
  return queryClient.getMutationCache().subscribe(({ type, mutation, action }) => {
    if (type !== "updated" || mutation === undefined) {
      return;
    }
    if (action?.type === "pending") {
      mutations.begins(mutation);
    } else if (action?.type === "success") {
      mutations.succeeded(mutation);
    }
  });
}

class Mutations {
  readonly #options: QueryOptions;
  readonly #sink: Sink;
  /** Mutations that say nothing about themselves and whose variables change something, as far as was known before. */
  readonly #changing = new WeakSet<MutationLike>();

  constructor(options: QueryOptions) {
    this.#options = options;
    this.#sink = new Sink(options);
  }

  /** Looks at what is known before the mutation, or the page, changes it. */
  begins(mutation: MutationLike): void {
    this.#sink.guard(nameOf(mutation), () => {
      const scheduler = this.#sink.current;
      const changes = definitionsIn(mutation.state.variables).some(({ event_id, ...fields }) => {
        const known = event_id == null ? undefined : scheduler?.getEvent(event_id);
        return event_id == null || (scheduler !== null && differs(fields, known));
      });
      if (changes) {
        this.#changing.add(mutation);
      }
    });
  }

  succeeded(mutation: MutationLike): void {
    const name = nameOf(mutation);
    this.#sink.take(name, () => {
      const matched = this.#metaOf(mutation) === undefined ? this.#options.match?.(mutation) : undefined;
      if (matched !== undefined) {
        return [matched ?? []].flat();
      }
      const type = this.#typeOf(mutation);
      if (type === false) {
        return [];
      }
      return type === undefined ? this.#guessed(name, mutation) : this.#changes(name, type, mutation);
    });
  }

  #typeOf(mutation: MutationLike): SchedulerChangeType | false | undefined {
    const key = mutation.options.mutationKey ?? [];
    const rule = this.#options.rules?.find(({ mutationKey }) => beginsWith(key, mutationKey));
    return this.#metaOf(mutation) ?? rule?.change ?? typeOfKey(key);
  }

  #metaOf({ options }: MutationLike): SchedulerChangeType | false | undefined {
    const meta = options.meta?.scheduler;
    if (meta === undefined || meta === false || CHANGE_TYPES.includes(meta as SchedulerChangeType)) {
      return meta as SchedulerChangeType | false | undefined;
    }
    this.#sink.adviseOnce(`meta.scheduler ${String(meta)}`, `is none of ${CHANGE_TYPES.join(", ")} and false`);
    return undefined;
  }

  #changes(name: string, type: SchedulerChangeType, { state }: MutationLike): readonly SchedulerChange[] {
    const { variables, data } = state;
    const ids = Array.isArray(variables) ? [] : idsOfVariables(variables);
    const eventId = ids.length === 1 ? (ids[0] as string) : null;
    const request = type === "update" ? patchIn(variables) : variables;
    const changes = changesIn({ type, eventId, request, response: data }, this.#options.events);
    if (changes.length === 0) {
      this.#sink.adviseOnce(name, NOT_FOUND);
    }
    return changes;
  }

  /**
   * A mutation that says nothing about itself: where its variables change an event and its answer has one, that is the
   * event as it is now. Where they change nothing it may as well have deleted what it answers with.
   */
  #guessed(name: string, mutation: MutationLike): readonly SchedulerChange[] {
    const { variables, data } = mutation.state;
    const events = [(this.#options.events ?? eventsIn)(data) ?? []].flat();
    if (events.length === 0) {
      return [];
    }
    if (this.#changing.has(mutation)) {
      const ids = idsOfVariables(variables);
      const named = events.filter(({ event_id }) => ids.includes(event_id));
      return (named.length > 0 ? named : events).map((event) => ({ type: "update", event }));
    }
    this.#sink.adviseOnce(name, UNCLEAR);
    return [];
  }
}

function nameOf({ options }: MutationLike): string {
  try {
    const { mutationKey } = options;
    return mutationKey === undefined ? "a mutation without a key" : `the mutation ${JSON.stringify(mutationKey)}`;
  } catch {
    return "a mutation whose key is no JSON";
  }
}

/** Variables may have the event and its change side by side. */
function idsOfVariables(variables: unknown): readonly string[] {
  const inEvents = eventsIn(variables).map(({ event_id }) => event_id);
  return inEvents.length > 0 ? inEvents : idsIn(variables);
}

function patchIn(variables: unknown): unknown {
  if (!isObject(variables)) {
    return variables;
  }
  return PATCHES.map((name) => variables[name]).find(isObject) ?? variables;
}

function differs(fields: EventFields, known: EventSnapshot | undefined): boolean {
  return (
    known === undefined ||
    Object.entries(fields).some(([name, value]) => JSON.stringify(value) !== JSON.stringify(known[name]))
  );
}

function beginsWith(key: readonly unknown[], beginning: readonly unknown[]): boolean {
  return (
    beginning.length <= key.length && beginning.every((part, i) => JSON.stringify(part) === JSON.stringify(key[i]))
  );
}
