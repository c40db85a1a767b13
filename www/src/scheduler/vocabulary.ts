import type { EventStatus, EventStatusChange, SchedulerHealth, TriggerKind } from "client-event-scheduler/slim";

import type { Approval } from "./eventFields";

/** The colour families of `app/tokens.css`. Colour never stands alone: every use carries its words. */
export type Tone = "green" | "blue" | "amber" | "violet" | "red" | "gray";

/** Where an event stands, as an event carries it. */
export interface State {
  readonly status: EventStatus["status"];
  readonly sub_status: string;
}

const STATUS_WORDS: Record<EventStatus["status"], string> = {
  draft: "Draft",
  upcoming: "Upcoming",
  ongoing: "Ongoing",
  completed: "Completed",
  pending_approval: "Pending approval",
  declined: "Declined",
  cancelled: "Cancelled",
};

const SUB_STATUS_WORDS: Readonly<Record<string, string>> = {
  draft: "Dates are missing",
  registration_not_started: "Registration not started",
  registration_open: "Registration open",
  registration_closed: "Registration closed",
  registration_not_required: "No registration",
  event_started: "Event under way",
  event_ended: "Event ended",
  certificate_available: "Certificates available",
  pending_approval: "Waiting for a decision",
  declined: "No triggers",
  cancelled: "No triggers",
};

const APPROVAL_WORDS: Record<Approval, string> = {
  pending_approval: "Waiting",
  approved: "Approved",
  declined: "Declined",
  unstated: "Not asked for",
};

const TONES: Readonly<Record<string, Tone>> = {
  registration_open: "green",
  event_started: "violet",
  certificate_available: "violet",
  registration_closed: "amber",
  pending_approval: "amber",
  declined: "red",
  cancelled: "red",
  completed: "gray",
  draft: "gray",
};

const KIND_WORDS: Record<TriggerKind, string> = {
  registration_open: "Registration opens",
  registration_close: "Registration closes",
  event_start: "Event starts",
  event_end: "Event ends",
  certificate_start: "Certificates open",
  certificate_end: "Certificates close",
};

/** Every kind of trigger, in the order in which those of one instant fire. */
export const KINDS = Object.keys(KIND_WORDS) as readonly TriggerKind[];

const KIND_TONES: Record<TriggerKind, Tone> = {
  registration_open: "green",
  registration_close: "amber",
  event_start: "violet",
  event_end: "gray",
  certificate_start: "violet",
  certificate_end: "gray",
};

const CAUSE_WORDS: Record<EventStatusChange["cause"], string> = {
  on_time: "on time",
  late: "late",
  recovered: "recovered",
  backfill: "backfill",
  edit: "edited",
};

const HAPPENING_WORDS: Readonly<Record<string, string>> = {
  ...CAUSE_WORDS,
  delivered: "delivered",
  expired: "too late",
  superseded: "overtaken",
  skipped: "left out",
  dead_letter: "given up",
  withdrawn: "withdrawn",
};

const HAPPENING_TONES: Readonly<Record<string, Tone>> = {
  on_time: "green",
  late: "amber",
  recovered: "blue",
  backfill: "blue",
  expired: "red",
  dead_letter: "red",
};

const SYNC_WORDS: Record<SchedulerHealth["sync"]["state"], string> = {
  off: "off",
  loading: "loading",
  streaming: "live, from the server",
  following: "live, through another tab",
  polling: "asking the server itself",
  retrying: "trying again",
};

const sentence = (code: string) => {
  const words = code.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** `Upcoming`. */
export const statusWords = (status: EventStatus["status"]): string => STATUS_WORDS[status] ?? sentence(status);

/** `Registration open`; a code that this version does not know is shown as plain words. */
export const subStatusWords = (subStatus: string): string => SUB_STATUS_WORDS[subStatus] ?? sentence(subStatus);

/** The shortest wording that still tells one state from another: `Registration open`, `Completed`. */
export const stateWords = ({ status, sub_status }: State): string =>
  status === "upcoming" || status === "ongoing" ? subStatusWords(sub_status) : statusWords(status);

export const statusTone = ({ status, sub_status }: State): Tone => TONES[status] ?? TONES[sub_status] ?? "blue";

/** Every sub-status that the dates of an event can lead to, in the order in which they come about. */
export const SUB_STATUSES = [
  "registration_not_required",
  "registration_not_started",
  "registration_open",
  "registration_closed",
  "event_started",
  "event_ended",
  "certificate_available",
] as const;

export const approvalWords = (approval: Approval): string => APPROVAL_WORDS[approval];

/** `Registration opens`. */
export const kindWords = (kind: TriggerKind | string): string => KIND_WORDS[kind as TriggerKind] ?? sentence(kind);

export const kindTone = (kind: TriggerKind | string): Tone => KIND_TONES[kind as TriggerKind] ?? "blue";

/** `on time`, `late`, `recovered` … */
export const causeWords = (cause: EventStatusChange["cause"]): string => CAUSE_WORDS[cause] ?? sentence(cause);

/** What became of a trigger, by its cause or its fate: `on time`, `recovered`, `too late` … */
export const happeningWords = (cause: string): string => HAPPENING_WORDS[cause] ?? sentence(cause);

export const happeningTone = (cause: string): Tone => HAPPENING_TONES[cause] ?? "gray";

/** How the page is kept in step with the server: `live, from the server`. */
export const syncWords = (state: SchedulerHealth["sync"]["state"]): string => SYNC_WORDS[state] ?? state;
