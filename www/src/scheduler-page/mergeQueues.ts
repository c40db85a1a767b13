import type { QueuedTrigger } from "client-event-scheduler/slim";
import type { ServerTrigger } from "../api/scheduler";

/** A trigger in the queue of the page, of the server, or of both. */
export interface MergedTrigger {
  readonly triggerId: string;
  readonly eventId: string;
  readonly kind: QueuedTrigger["kind"];
  /** Epoch milliseconds. */
  readonly dueAt: number;
  readonly side: "both" | "page" | "server";
}

interface Queues {
  /** The page's whole queue of what is looked at, in firing order. */
  readonly page: readonly QueuedTrigger[];
  /** The pages of the server's queue that were read, in firing order. */
  readonly server: readonly ServerTrigger[];
  /** Whether that is the server's whole queue. */
  readonly complete: boolean;
}

/** Both queues as one, in firing order, as far as the server's was read: what is beyond that cannot be told apart yet. */
export function mergeQueues({ page, server, complete }: Queues): readonly MergedTrigger[] {
  const there = new Set(server.map((trigger) => trigger.trigger_id));
  const here = new Set(page.map((trigger) => trigger.triggerId));
  const last = server.at(-1);
  const readUpTo = complete || !last ? Number.POSITIVE_INFINITY : Date.parse(last.due_at);
  const merged: MergedTrigger[] = server.map((trigger) => ({
    triggerId: trigger.trigger_id,
    eventId: trigger.event_id,
    kind: trigger.kind as QueuedTrigger["kind"],
    dueAt: Date.parse(trigger.due_at),
    side: here.has(trigger.trigger_id) ? "both" : "server",
  }));
  for (const trigger of page) {
    if (trigger.dueAt >= readUpTo && !complete) break;
    if (!there.has(trigger.triggerId)) merged.push({ ...trigger, side: "page" });
  }
  // Equal times keep the order in which each queue has them.
  return merged.sort((a, b) => a.dueAt - b.dueAt);
}
