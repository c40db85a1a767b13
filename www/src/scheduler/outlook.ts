import { skipToken, useQuery } from "@tanstack/react-query";
import { ClientEventScheduler, type ExplainedTrigger, type TriggerKind } from "client-event-scheduler/slim";
import { asInput, type EventDocument } from "./eventFields";
import type { EventRow } from "./eventIndex";
import { usePageScheduler } from "./hooks";

/** A trigger that a definition has, and whether it is still to come. */
export interface OutlookTrigger {
  readonly kind: TriggerKind;
  /** Epoch milliseconds. */
  readonly dueAt: number;
  /** `at_once`: its time is past, but by so little that it fires all the same. */
  readonly when: "coming" | "at_once" | "past";
}

/** What approving an event would bring about. */
export interface Outlook {
  readonly triggers: readonly OutlookTrigger[];
  /** Why the scheduler would refuse the event. */
  readonly problem: string | undefined;
}

/** Has a scheduler of its own, which never starts, approve each event at `now`, and asks it what then becomes of the triggers. */
export async function outlooks(events: readonly EventDocument[], now: number): Promise<readonly Outlook[]> {
  const scratch = new ClientEventScheduler({ name: "outlook", logger: false, clock: { now: () => now } });
  try {
    const found: Outlook[] = [];
    for (const event of events) found.push(await outlookOf(scratch, event));
    return found;
  } finally {
    scratch.dispose();
  }
}

async function outlookOf(scratch: ClientEventScheduler, event: EventDocument): Promise<Outlook> {
  try {
    scratch.approveEvent(event.event_id, asInput(event));
  } catch (error) {
    return { triggers: [], problem: error instanceof Error ? error.message : String(error) };
  }
  const { triggers } = await scratch.explain(event.event_id);
  return { triggers: triggers.flatMap(outlookTrigger), problem: undefined };
}

function outlookTrigger({ kind, dueAt, state }: ExplainedTrigger): readonly OutlookTrigger[] {
  if (state.type === "queued") return [{ kind, dueAt, when: "coming" }];
  if (state.type === "due") return [{ kind, dueAt, when: "at_once" }];
  return state.type === "placed_in_past" ? [{ kind, dueAt, when: "past" }] : [];
}

/** The same for rows of the list, one each; nothing until the scheduler has answered, or where there are no rows. */
export function useOutlooks(rows: readonly EventRow[]): readonly Outlook[] | undefined {
  const scheduler = usePageScheduler();
  const events = rows.map(({ event }) => event);
  return useQuery({
    queryKey: ["outlook", events.map(({ event_id, revision }) => [event_id, revision ?? null])],
    queryFn: events.length === 0 ? skipToken : () => outlooks(events, scheduler.now()),
    networkMode: "always",
    gcTime: 0,
  }).data;
}
