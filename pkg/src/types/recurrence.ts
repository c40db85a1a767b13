/** How often a rule repeats. */
export type RecurrenceFrequency = "secondly" | "minutely" | "hourly" | "daily" | "weekly" | "monthly" | "yearly";

/** One or several values; text is separated by commas. */
type Several<T> = T | readonly T[];

/**
 * A recurrence as back ends store it: the parts of an RFC 5545 rule, where it begins, dates added and taken out, and how it
 * is read where there is a choice. Dates are days (`2026-01-05`), local times (`2026-01-05T09:00`) or instants (`…Z`).
 */
export interface RecurrenceDefinition {
  readonly frequency?: RecurrenceFrequency;
  readonly interval?: number;
  readonly count?: number;
  /** The last moment that counts. */
  readonly until?: string;
  readonly by_month?: Several<number>;
  readonly by_week_no?: Several<number>;
  readonly by_year_day?: Several<number>;
  readonly by_month_day?: Several<number>;
  /** `MO` to `SU`, with a number before it for the nth one: `-1FR`. */
  readonly by_day?: Several<string>;
  readonly by_hour?: Several<number>;
  readonly by_minute?: Several<number>;
  readonly by_second?: Several<number>;
  readonly by_set_pos?: Several<number>;
  readonly week_start?: "MO" | "TU" | "WE" | "TH" | "FR" | "SA" | "SU";
  /** What becomes of a day that a month does not have (RFC 7529). */
  readonly skip?: "omit" | "backward" | "forward";
  readonly start?: string;
  readonly include_dates?: readonly string[];
  readonly exclude_dates?: readonly string[];
  /** IANA name. */
  readonly timezone?: string;
  /** Which instant a local time is that clocks skip or show twice. */
  readonly disambiguation?: "compatible" | "earlier" | "later" | "reject";
  /** Whether one that they skip occurs at all. */
  readonly gaps?: "move" | "skip";
  readonly sub_daily?: "shown" | "once";
  /** Whether a beginning that the rule does not name is an occurrence. */
  readonly unmatched_start?: "omitted" | "included";
}

/** Which occurrences are looked for, and what counts where the recurrence says nothing. */
export interface RecurrencePreviewOptions {
  /** Occurrences later than this; epoch milliseconds or a `Date`. Default: now. */
  readonly after?: number | Date | undefined;
  /** How many, up to 10 000. Default 10. */
  readonly limit?: number | undefined;
  /** Where a recurrence begins that does not say so: a day, a local time or an instant. */
  readonly start?: string | undefined;
  /** IANA zone of one that names none. Default: the scheduler's `defaultTimeZone`. */
  readonly timeZone?: string | undefined;
}

/** What a recurrence means, and its next occurrences. */
export interface RecurrencePreview {
  /** The same, written canonically: lines of iCalendar, or the cron expression. */
  readonly text: string;
  /** The same as an object; `null` for a cron expression. */
  readonly definition: RecurrenceDefinition | null;
  /** The same in words; `null` for a cron expression. */
  readonly description: string | null;
  /** In order, in epoch milliseconds. */
  readonly occurrences: readonly number[];
  /** There are no others. */
  readonly complete: boolean;
  /** Why the search was given up, so that nobody knows whether there are others. */
  readonly stopped: string | null;
}
