import type { Tone } from "../scheduler/vocabulary";

/** Why something happened, or was left out, in the order in which the history's filter offers it. */
export const CAUSES = ["on_time", "late", "recovered", "backfill", "superseded", "skipped", "expired", "edit"] as const;

const WORDS: Readonly<Record<string, string>> = {
  on_time: "on time",
  late: "late",
  recovered: "recovered",
  backfill: "backfilled",
  superseded: "superseded",
  skipped: "left out",
  expired: "expired",
  edit: "by an edit",
};

const TONES: Readonly<Record<string, Tone>> = {
  on_time: "green",
  late: "amber",
  recovered: "blue",
  backfill: "violet",
  expired: "red",
};

export const causeWords = (cause: string): string => WORDS[cause] ?? cause.replaceAll("_", " ");

export const causeTone = (cause: string): Tone => TONES[cause] ?? "gray";
