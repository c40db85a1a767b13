import type { MissedCounts } from "client-event-scheduler";
import type { HistoryEntry, ServerStatus } from "../api/record";

/** What the history tells of triggers, without the changes of status that edits made. */
export const ofTriggers = (history: readonly HistoryEntry[]): readonly HistoryEntry[] =>
  history.filter(({ trigger_id }) => trigger_id != null);

const MISSED: ReadonlySet<string> = new Set(["recovered", "expired", "superseded", "skipped", "dead_letter"]);

/** What was found due after its time had passed. */
export const missedOnes = (history: readonly HistoryEntry[]): readonly HistoryEntry[] =>
  ofTriggers(history).filter(({ cause }) => MISSED.has(cause));

/** One line of what became of missed triggers, here and on the server. */
export interface MissedLine {
  readonly label: string;
  readonly page: number;
  readonly server: number | undefined;
}

/** What became of missed triggers; lines without any are left out. */
export function missedLines(page: MissedCounts, server: ServerStatus["missed"] | undefined): readonly MissedLine[] {
  const lines: readonly MissedLine[] = [
    { label: "Found late", page: page.detected, server: server?.detected },
    { label: "Delivered after all", page: page.delivered, server: server?.recovered },
    { label: "Still waiting", page: page.waiting, server: 0 },
    { label: "Overtaken by a later one", page: page.superseded, server: server?.superseded },
    { label: "Older than the catch-up window", page: page.expired, server: server?.expired },
    { label: "Left out by the policy", page: page.skipped, server: server?.skipped },
    { label: "Settled by another tab", page: page.elsewhere, server: 0 },
    { label: "Withdrawn by an edit", page: page.withdrawn, server: 0 },
    { label: "Given up", page: page.failed, server: 0 },
  ];
  return lines.filter(({ page: here, server: there }) => here > 0 || (there ?? 0) > 0);
}
