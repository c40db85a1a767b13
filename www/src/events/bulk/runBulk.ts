import { type BatchOutcome, batch } from "../../api/events";
import { ApiError } from "../../api/problem";
import type { EventRow } from "../../scheduler/eventIndex";
import { type BulkAction, planBatches } from "./bulkAction";

/** What became of one event. */
export interface Outcome {
  readonly eventId: string;
  readonly row: EventRow;
  /** `refused` has a `problem`; `untouched` was not reached, because somebody stopped or the server went away. */
  readonly result: "changed" | "unchanged" | "refused" | "untouched";
  /** The revision that the change made, to undo that change and no later one. */
  readonly revision: number | undefined;
  readonly problem: string | undefined;
}

export interface BulkRun {
  readonly action: BulkAction;
  readonly outcomes: readonly Outcome[];
  /** Why it ended before its time. */
  readonly broken: Error | undefined;
}

interface Options {
  readonly onProgress: (done: number) => void;
  readonly signal: AbortSignal;
}

/** Does the action to every event, request by request. What was done stays done, whatever happens to the rest. */
export async function runBulk(action: BulkAction, rows: readonly EventRow[], options: Options): Promise<BulkRun> {
  const found = new Map<string, BatchOutcome>();
  let broken: Error | undefined;
  for (const request of planBatches(action, rows)) {
    if (options.signal.aborted) break;
    try {
      // A request that is under way is waited for: whether it was carried out must be known.
      for (const outcome of await batch(request, new AbortController().signal)) found.set(outcome.event_id, outcome);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      broken = error;
      break;
    }
    options.onProgress(found.size);
  }
  return { action, broken, outcomes: rows.map((row) => outcomeOf(row, found.get(row.event.event_id), action)) };
}

function outcomeOf(row: EventRow, answer: BatchOutcome | undefined, action: BulkAction): Outcome {
  const eventId = row.event.event_id;
  const stays = action.type === "reschedule" && !action.byMs.get(eventId);
  if (!answer) {
    return { eventId, row, result: stays ? "unchanged" : "untouched", revision: undefined, problem: undefined };
  }
  const problem = answer.success ? undefined : problemWords(answer);
  const result = answer.success ? (answer.changed ? "changed" : "unchanged") : "refused";
  return { eventId, row, result, revision: answer.revision ?? undefined, problem };
}

/** What the server says of it, with the fields at fault. */
function problemWords({ code, detail, problems = [] }: BatchOutcome): string {
  if (code === "STALE_REVISION") return "Somebody else has changed it in the meantime.";
  if (problems.length > 0) return problems.map(({ field, message }) => `${field} ${message}`).join("; ");
  return detail ?? code ?? "The server refused it.";
}

export const countResults = (outcomes: readonly Outcome[], result: Outcome["result"]): number =>
  outcomes.filter((outcome) => outcome.result === result).length;
