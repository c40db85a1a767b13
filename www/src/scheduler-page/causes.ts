/** Why something happened, or was left out, in the order in which the history's filter offers it. */
export const CAUSES = ["on_time", "late", "recovered", "backfill", "superseded", "skipped", "expired", "edit"] as const;
