import type { Explanation } from "client-event-scheduler/slim";
import type { HistoryEntry, ServerExplanation } from "../api/scheduler";

/** One trigger of an event: when it is due, what became of it, and why page and server hold it to be so. */
export interface TriggerLife {
  readonly triggerId: string;
  readonly kind: string;
  /** Epoch milliseconds. */
  readonly dueAt: number;
  /** Why it fired when it did, or why it was left out; what is not settled has none. */
  readonly outcome: { readonly cause: string; readonly latenessMs: number; readonly at: number } | undefined;
  readonly page: string | undefined;
  readonly server: string | undefined;
}

/** The triggers that page or server know of, in order of time. */
export function lifeOf(
  eventId: string,
  page: Explanation | undefined,
  server: ServerExplanation | undefined,
  history: readonly HistoryEntry[],
): readonly TriggerLife[] {
  const lives = new Map<string, TriggerLife>();
  const add = (triggerId: string, kind: string, dueAt: number, said: { page?: string; server?: string }) => {
    const known = lives.get(triggerId);
    lives.set(triggerId, {
      triggerId,
      kind,
      dueAt,
      outcome: known?.outcome ?? outcomeOf(triggerId, history),
      page: said.page ?? known?.page,
      server: said.server ?? known?.server,
    });
  };
  for (const { triggerId, kind, dueAt, sentence } of page?.triggers ?? []) {
    add(triggerId, kind, dueAt, { page: withoutSubject(sentence, kind, eventId) });
  }
  for (const { trigger_id, kind, due_at, sentence } of server?.triggers ?? []) {
    add(trigger_id, kind, Date.parse(due_at), { server: withoutSubject(sentence, kind, eventId) });
  }
  return [...lives.values()].sort((a, b) => a.dueAt - b.dueAt);
}

function outcomeOf(triggerId: string, history: readonly HistoryEntry[]): TriggerLife["outcome"] {
  const entry = history.find(({ trigger_id }) => trigger_id === triggerId);
  return entry && { cause: entry.cause, latenessMs: entry.lateness_ms, at: Date.parse(entry.executed_at) };
}

/** `event_start of e is due at …` begins with what stands beside it already. */
function withoutSubject(sentence: string, kind: string, eventId: string): string {
  const subject = `${kind} of ${eventId} `;
  const words = sentence.startsWith(subject) ? sentence.slice(subject.length) : sentence;
  return words.charAt(0).toUpperCase() + words.slice(1);
}
