import { CANCELLED, DATE_FIELDS, DECLINED, DRAFT, NEVER, PENDING_APPROVAL } from "../phase.mjs";
import { parseRfc3339 } from "./rfc3339.mjs";

/** Thrown for an event that cannot be understood; lists every problem of it. */
export class InvalidEventError extends Error {
  constructor(problems) {
    super(problems.map(({ field, code }) => `${field}: ${code}`).join(", "));
    this.name = "InvalidEventError";
    this.code = "INVALID_INPUT";
    this.problems = problems;
  }
}

/** What `readDefinition` leaves in `definition.gate` when nothing holds the event back. */
export const OPEN = 255;

/**
 * The definition read last. One object that is written over, so that reading an event allocates nothing.
 *
 * `times`: due times by kind, `NEVER` where there is none; `gate`: the phase that holds the event back, or `OPEN`;
 * `revision`: NaN where the event has none.
 */
export const definition = { times: new Float64Array(6), gate: OPEN, revision: Number.NaN };

/**
 * Reads and checks everything that the scheduler understands of an event, except its id, into `definition`.
 *
 * @throws {InvalidEventError}
 */
export function readDefinition(event) {
  const times = definition.times;
  const valid =
    readDate(event.registration_start_date, times, 0) &
    readDate(event.registration_end_date, times, 1) &
    readDate(event.start_datetime, times, 2) &
    readDate(event.end_datetime, times, 3) &
    readDate(event.certificate_start_date, times, 4) &
    readDate(event.certificate_end_date, times, 5);
  if (valid === 0 || !finishDefinition(event)) throw new InvalidEventError(problemsOf(event));
}

/**
 * The part of `readDefinition` that follows once the six dates are in `definition.times`.
 *
 * @param {object} fields those fields of an event that are not dates
 * @returns {boolean} whether they are valid
 */
export function finishDefinition({
  timezone,
  status,
  event_approval_status: approval,
  approval_required,
  published,
  revision,
}) {
  const times = definition.times;
  if (timezone !== undefined && !isKnownZone(timezone)) return false;
  if (!isFlagOrAbsent(approval_required) || !isFlagOrAbsent(published)) return false;
  if (!isTextOrAbsent(approval) || !isTextOrAbsent(status)) return false;
  if (revision === undefined || revision === null) definition.revision = Number.NaN;
  else if (Number.isSafeInteger(revision) && revision >= 0) definition.revision = revision;
  else return false;
  if (!isOrdered(times)) return false;
  definition.gate = gateOf(status, approval, approval_required === true);
  if (definition.gate !== OPEN) return true;
  if (times[2] === NEVER || times[3] === NEVER) definition.gate = DRAFT;
  else if (times[4] === NEVER && times[5] !== NEVER) times[4] = times[3];
  return true;
}

/** Checks an id that is not known yet. */
export function checkId(id) {
  let valid = typeof id === "string" && id.length > 0 && id.length <= 128;
  for (let at = 0; valid && at < id.length; at += 1) {
    const code = id.charCodeAt(at);
    valid = code >= 32 && (code < 127 || code > 159);
  }
  if (!valid)
    throw new InvalidEventError([{ field: "event_id", code: typeof id === "string" ? "ID_REQUIRED" : "WRONG_TYPE" }]);
}

function readDate(value, times, kind) {
  if (typeof value === "string") {
    const at = parseRfc3339(value);
    times[kind] = at;
    return Number.isNaN(at) ? 0 : 1;
  }
  if (value === undefined || value === null) {
    times[kind] = NEVER;
    return 1;
  }
  const at = value instanceof Date ? value.getTime() : typeof value === "number" ? Math.floor(value) : Number.NaN;
  times[kind] = at;
  return Math.abs(at) <= 2.6e14 ? 1 : 0;
}

const zones = new Set();

/** Asks `Intl` once for every name. */
function isKnownZone(name) {
  if (zones.has(name) || name === null) return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    zones.add(name);
    return typeof name === "string";
  } catch {
    return false;
  }
}

function isFlagOrAbsent(value) {
  return value === undefined || value === true || value === false || value === null;
}

function isTextOrAbsent(value) {
  return value === undefined || typeof value === "string" || value === null;
}

/** Whether no date contradicts another: compares only those that are given. */
function isOrdered(times) {
  const opens = times[0];
  const closes = times[1];
  const start = times[2];
  const end = times[3];
  const available = times[4];
  const until = times[5];
  // The usual case, all six given and in order, costs five comparisons.
  if (opens <= closes && closes <= end && start <= end && start <= available && available <= until && until !== NEVER) {
    return true;
  }
  return (
    follows(start, end) &&
    follows(opens, closes) &&
    follows(opens, end) &&
    follows(closes, end) &&
    follows(start, available) &&
    follows(available === NEVER ? end : available, until)
  );
}

function follows(early, late) {
  return early === NEVER || early <= late;
}

function gateOf(status, approval, required) {
  if (status === "cancelled") return CANCELLED;
  if (status === "declined" || approval === "declined") return DECLINED;
  if (status === "pending_approval" || approval === "pending_approval") return PENDING_APPROVAL;
  return required && approval !== "approved" ? PENDING_APPROVAL : OPEN;
}

/** Names what is wrong; only ever called for an event that is known to be invalid. */
function problemsOf(event) {
  const scratch = new Float64Array(6);
  const problems = DATE_FIELDS.flatMap((field, kind) =>
    readDate(event[field], scratch, kind) ? [] : [{ field, code: "DATE_MALFORMED" }],
  );
  return problems.length > 0 ? problems : [{ field: "", code: "DATE_ORDER" }];
}
