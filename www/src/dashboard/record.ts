import type { MissedCounts } from "client-event-scheduler/slim";
import type { HistoryEntry, ServerScheduler } from "../api/scheduler";

/** What the history tells of triggers, without the changes of status that edits made. */
export const ofTriggers = (history: readonly HistoryEntry[]): readonly HistoryEntry[] =>
  history.filter(({ trigger_id }) => trigger_id != null);

/** One line of what became of missed triggers, here and on the server. */
export interface MissedLine {
  readonly label: string;
  readonly page: number;
  readonly server: number | undefined;
}

/** What became of missed triggers; lines without any are left out. */
export function missedLines(page: MissedCounts, server: ServerScheduler["missed"] | undefined): readonly MissedLine[] {
  const lines: readonly MissedLine[] = [
    { label: "Found late", page: page.detected, server: server?.detected },
    { label: "Delivered after all", page: page.delivered, server: server?.recovered },
    { label: "Still waiting", page: page.waiting, server: undefined },
    { label: "Overtaken by a later one", page: page.superseded, server: server?.superseded },
    { label: "Older than the catch-up window", page: page.expired, server: server?.expired },
    { label: "Left out by the policy", page: page.skipped, server: server?.skipped },
    { label: "Settled by another tab", page: page.elsewhere, server: undefined },
    { label: "Withdrawn by an edit", page: page.withdrawn, server: undefined },
    { label: "Given up", page: page.failed, server: undefined },
  ];
  return lines.filter(({ page: here, server: there }) => here > 0 || (there ?? 0) > 0);
}
