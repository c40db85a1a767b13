import type { BatchRequest } from "../../api/events";
import type { Permission } from "../../api/session";
import type { EventRow } from "../../scheduler/eventIndex";
import { isoSpan } from "./span";

/** What can be done to many events at once. */
export type BulkAction =
  | { readonly type: "approve" | "cancel" | "delete" }
  | { readonly type: "decline"; readonly reason?: string | undefined }
  /** All dates move by so many milliseconds on the clock. */
  | { readonly type: "shift"; readonly byMs: number }
  /** Each event moves by its own length, so that it starts when it should. */
  | { readonly type: "reschedule"; readonly byMs: ReadonlyMap<string, number> };

export type BulkType = BulkAction["type"];

/** What each needs beyond seeing events; the server asks for the same. */
export const BULK_NEEDS: Record<BulkType, Permission> = {
  approve: "events:approve",
  decline: "events:approve",
  cancel: "events:approve",
  shift: "events:write",
  reschedule: "events:write",
  delete: "events:delete",
};

/** `12 events were approved.` */
export const DONE_WORDS: Record<BulkType, string> = {
  approve: "approved",
  decline: "declined",
  cancel: "cancelled",
  shift: "moved",
  reschedule: "moved",
  delete: "deleted",
};

/** How many events one request takes: few enough that progress is seen and that a stop is soon. */
const CHUNK = 50;

/** The requests that carry an action out, each conditional on the revisions that were seen. */
export function planBatches(action: BulkAction, rows: readonly EventRow[]): readonly BatchRequest[] {
  const groups = action.type === "reschedule" ? byLength(action.byMs, rows) : [{ rows, by: lengthOf(action) }];
  return groups.flatMap((group) =>
    chunksOf(group.rows, CHUNK).map((chunk) => ({
      action: action.type === "reschedule" ? "shift" : action.type,
      event_ids: chunk.map(({ event }) => event.event_id),
      ...(group.by === undefined ? {} : { by: group.by }),
      ...(action.type === "decline" && action.reason ? { reason: action.reason } : {}),
      revisions: revisionsOf(chunk),
    })),
  );
}

const lengthOf = (action: BulkAction): string | undefined =>
  action.type === "shift" ? isoSpan(action.byMs) : undefined;

/** Events that move by the same length go together; those that stay where they are need no request. */
function byLength(lengths: ReadonlyMap<string, number>, rows: readonly EventRow[]) {
  const groups = new Map<number, EventRow[]>();
  for (const row of rows) {
    const ms = lengths.get(row.event.event_id);
    if (!ms) continue;
    const group = groups.get(ms) ?? [];
    group.push(row);
    groups.set(ms, group);
  }
  return [...groups].map(([ms, some]) => ({ rows: some, by: isoSpan(ms) }));
}

function revisionsOf(rows: readonly EventRow[]): Record<string, number> {
  const known = rows.map(({ event }) => [event.event_id, event.revision] as const);
  return Object.fromEntries(known.filter((pair): pair is [string, number] => typeof pair[1] === "number"));
}

function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, place) => items.slice(place * size, (place + 1) * size));
}
