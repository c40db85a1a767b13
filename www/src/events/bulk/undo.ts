import type { ClientEventScheduler } from "client-event-scheduler/slim";
import { batch, updateEventAt } from "../../api/events";
import { ApiError } from "../../api/problem";
import { importRows } from "../../api/transfer";
import { asInput, type EventDocument, eventName } from "../../scheduler/eventFields";
import type { EventRow } from "../../scheduler/eventIndex";
import { isHeldByStatus } from "../../scheduler/heldByStatus";
import type { BulkRun, Outcome } from "./runBulk";
import { isoSpan } from "./span";

/** An event that could not be put back, and why. */
export interface NotUndone {
  readonly eventId: string;
  readonly name: string;
  readonly problem: string;
}

export interface Undone {
  readonly restored: number;
  readonly failed: readonly NotUndone[];
}

/** The page's scheduler, which hears of single answers before the feed brings them. */
type Told = Pick<ClientEventScheduler, "updateEvent">;

type Restore = (outcomes: readonly Outcome[]) => Promise<readonly NotUndone[]>;

const AT_ONCE = 4;
const CHUNK = 200;

/** What an undo puts back: every event that the run has changed. */
export const undoable = ({ outcomes }: BulkRun): readonly Outcome[] =>
  outcomes.filter(({ result }) => result === "changed");

/**
 * Puts back what the run has changed, event by event, and only where nobody has changed it since: moved events are moved back,
 * deleted ones are created again, decisions and cancellations are taken back.
 */
export async function undoBulk(run: BulkRun, scheduler: Told): Promise<Undone> {
  const changed = undoable(run);
  const failed = await restoreOf(run, scheduler)(changed);
  return { restored: changed.length - failed.length, failed };
}

function restoreOf({ action }: BulkRun, scheduler: Told): Restore {
  switch (action.type) {
    case "shift":
      return (outcomes) => moveBack(outcomes, () => action.byMs);
    case "reschedule":
      return (outcomes) => moveBack(outcomes, (eventId) => action.byMs.get(eventId) ?? 0);
    case "delete":
      return createAgain;
    case "approve":
    case "decline":
    case "cancel":
      return (outcomes) => takeBack(outcomes, scheduler);
  }
}

const STALE = "Somebody has changed it since: it was left as it is.";

const notUndone = ({ eventId, row }: Outcome, problem: string): NotUndone => ({
  eventId,
  name: eventName(row.event),
  problem,
});

async function moveBack(
  outcomes: readonly Outcome[],
  movedBy: (eventId: string) => number,
): Promise<readonly NotUndone[]> {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const by = isoSpan(-movedBy(outcome.eventId));
    groups.set(by, [...(groups.get(by) ?? []), outcome]);
  }
  const failed: NotUndone[] = [];
  for (const [by, group] of groups) {
    for (let from = 0; from < group.length; from += CHUNK) {
      failed.push(...(await moveTogether(group.slice(from, from + CHUNK), by)));
    }
  }
  return failed;
}

async function moveTogether(outcomes: readonly Outcome[], by: string): Promise<readonly NotUndone[]> {
  const revisions = Object.fromEntries(outcomes.map(({ eventId, revision }) => [eventId, revision ?? 0]));
  const request = { action: "shift", by, event_ids: outcomes.map(({ eventId }) => eventId), revisions } as const;
  try {
    const answers = await batch(request, new AbortController().signal);
    const refused = new Map(answers.filter(({ success }) => !success).map((answer) => [answer.event_id, answer]));
    return outcomes.flatMap((outcome) => {
      const answer = refused.get(outcome.eventId);
      if (!answer) return [];
      return notUndone(outcome, answer.code === "STALE_REVISION" ? STALE : (answer.detail ?? "The server refused it."));
    });
  } catch (error) {
    return outcomes.map((outcome) => notUndone(outcome, (error as Error).message));
  }
}

/** What the server fills in itself, and a status that time computes, are no part of a definition. */
export function definitionOf(event: EventRow["event"]): EventDocument {
  const { revision, updated_at, created_at, sub_status, status, ...definition } = event;
  return isHeldByStatus(event)
    ? { ...definition, event_id: event.event_id, status }
    : { ...definition, event_id: event.event_id };
}

/** As rows of an import that creates only: an id that somebody has used again meanwhile is left to him. */
async function createAgain(outcomes: readonly Outcome[]): Promise<readonly NotUndone[]> {
  try {
    const rows = outcomes.map(({ row }) => definitionOf(row.event));
    const { problems } = await importRows(rows);
    return problems.flatMap(({ row, problems: reasons }) => {
      const outcome = outcomes[row - 1];
      if (!outcome) return [];
      const taken = reasons.some(({ code }) => code === "EVENT_EXISTS");
      return notUndone(outcome, taken ? "Its id is in use again." : reasons.map(({ message }) => message).join("; "));
    });
  } catch (error) {
    return outcomes.map((outcome) => notUndone(outcome, (error as Error).message));
  }
}

/** What was decided before, as the document had it. */
export function decisionBefore(event: EventRow["event"]): Readonly<Record<string, unknown>> {
  return {
    event_approval_status: event.event_approval_status ?? null,
    status: isHeldByStatus(event) ? event.status : null,
    decline_reason: event.decline_reason ?? null,
  };
}

async function takeBack(outcomes: readonly Outcome[], scheduler: Told): Promise<readonly NotUndone[]> {
  const failed: NotUndone[] = [];
  const waiting = [...outcomes];
  const work = async () => {
    for (let outcome = waiting.shift(); outcome; outcome = waiting.shift()) {
      try {
        const before = decisionBefore(outcome.row.event);
        const stored = await updateEventAt(outcome.eventId, outcome.revision ?? 0, before);
        scheduler.updateEvent(stored.event_id, asInput(stored));
      } catch (error) {
        const stale = error instanceof ApiError && error.code === "STALE_REVISION";
        failed.push(notUndone(outcome, stale ? STALE : (error as Error).message));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failed;
}
