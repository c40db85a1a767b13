/** The phases of an event, by number, as the objects that callers see. */
export const PHASES = Object.freeze(
  [
    { status: "draft", sub_status: "draft" },
    { status: "upcoming", sub_status: "registration_not_started" },
    { status: "upcoming", sub_status: "registration_open" },
    { status: "upcoming", sub_status: "registration_closed" },
    { status: "upcoming", sub_status: "registration_not_required" },
    { status: "ongoing", sub_status: "event_started" },
    { status: "ongoing", sub_status: "event_ended" },
    { status: "ongoing", sub_status: "certificate_available" },
    { status: "completed", sub_status: "event_ended" },
    { status: "pending_approval", sub_status: "pending_approval" },
    { status: "declined", sub_status: "declined" },
    { status: "cancelled", sub_status: "cancelled" },
  ].map(Object.freeze),
);

export const DRAFT = 0;
export const PENDING_APPROVAL = 9;
export const DECLINED = 10;
export const CANCELLED = 11;

/** The kinds of trigger in the order in which they fire at one instant; the number is the place in the list. */
export const KINDS = Object.freeze([
  "registration_open",
  "registration_close",
  "event_start",
  "event_end",
  "certificate_start",
  "certificate_end",
]);

/** The fields that the kinds come from, in the same order. */
export const DATE_FIELDS = Object.freeze([
  "registration_start_date",
  "registration_end_date",
  "start_datetime",
  "end_datetime",
  "certificate_start_date",
  "certificate_end_date",
]);

/** What an absent date is in a table of times: later than every instant. */
export const NEVER = Number.POSITIVE_INFINITY;

/**
 * The phase at an instant of an event that is neither gated nor a draft.
 *
 * @param {ArrayLike<number>} times epoch milliseconds of the six dates, `NEVER` where absent
 * @param {number} base index of the first of the six
 * @param {number} at epoch milliseconds
 * @returns {number} index into `PHASES`
 */
export function phaseAt(times, base, at) {
  const end = times[base + 3];
  if (at < times[base + 2]) {
    const opens = times[base];
    const closes = times[base + 1];
    if (opens === NEVER && closes === NEVER) return 4;
    if (at >= closes) return 3;
    return opens === NEVER || at >= opens ? 2 : 1;
  }
  if (at < end) return 5;
  const available = times[base + 4];
  const until = times[base + 5];
  if (available === NEVER) return 8;
  if (at < available) return 6;
  return at < until ? 7 : 8;
}
