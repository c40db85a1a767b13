const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** The fields that the scheduler reads. The first six are the dates, in the order of the kinds. */
export const FIELDS = Object.freeze([
  "registration_start_date",
  "registration_end_date",
  "start_datetime",
  "end_datetime",
  "certificate_start_date",
  "certificate_end_date",
  "event_id",
  "timezone",
  "status",
  "event_approval_status",
  "approval_required",
  "published",
  "revision",
]);

const KEYS = FIELDS.map((name) => new TextEncoder().encode(name));
const CANDIDATES = Array.from({ length: 24 }, (_, length) =>
  KEYS.map((_key, field) => field).filter((field) => KEYS[field].length === length),
);

/** What a scan of an array found to be incomplete. */
export const INCOMPLETE = -1;

/**
 * Finds the events in the bytes of a JSON array, one after the other, and where in each of them the fields lie that the
 * scheduler reads. It checks only the structure that it needs in order to find its way.
 */
export class EventScanner {
  /** Start and end of field `f` are at `2 * f` and the next; a start of 0 says that the event does not have it. */
  values = new Int32Array(FIELDS.length * 2);
  /** Where the event begins that was found last. */
  start = 0;
  /** Where it ends. */
  end = 0;
  #at = 0;

  /**
   * Finds the next event in `bytes[..length]`.
   *
   * @returns {number} where it ends, 0 at the end of the array, or `INCOMPLETE` where more bytes are needed: call again with them
   */
  next(bytes, length) {
    let at = this.#at;
    while (at < length && (isSpace(bytes[at]) || bytes[at] === COMMA || bytes[at] === OPEN_ARRAY)) at += 1;
    this.#at = at;
    if (at >= length) return INCOMPLETE;
    if (bytes[at] === CLOSE_ARRAY) return 0;
    if (bytes[at] !== OPEN_OBJECT) throw new SyntaxError(`expected an object at byte ${at}`);
    const end = this.#scanObject(bytes, at + 1, length);
    if (end < 0) return INCOMPLETE;
    this.start = at;
    this.end = end;
    this.#at = end;
    return end;
  }

  #scanObject(bytes, from, length) {
    const values = this.values.fill(0);
    let at = from;
    for (;;) {
      while (at < length && (isSpace(bytes[at]) || bytes[at] === COMMA)) at += 1;
      if (at >= length) return INCOMPLETE;
      if (bytes[at] === CLOSE_OBJECT) return at + 1;
      const keyEnd = endOfString(bytes, at, length);
      if (keyEnd >= length) return INCOMPLETE;
      const field = fieldOf(bytes, at + 1, keyEnd - 1);
      at = keyEnd;
      while (at < length && (isSpace(bytes[at]) || bytes[at] === COLON)) at += 1;
      const end = endOfValue(bytes, at, length);
      if (end >= length) return INCOMPLETE;
      if (field >= 0) {
        values[field * 2] = at;
        values[field * 2 + 1] = end;
      }
      at = end;
    }
  }
}

function fieldOf(bytes, start, end) {
  const length = end - start;
  if (length >= CANDIDATES.length) return -1;
  const candidates = CANDIDATES[length];
  for (let index = 0; index < candidates.length; index += 1) {
    const key = KEYS[candidates[index]];
    let same = 0;
    while (same < length && bytes[start + same] === key[same]) same += 1;
    if (same === length) return candidates[index];
  }
  return -1;
}

/** The byte behind a value; `length` or more where the value is not complete. */
function endOfValue(bytes, start, length) {
  const first = bytes[start];
  if (first === QUOTE) return endOfString(bytes, start, length);
  let at = start;
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
    while (at < length && bytes[at] !== COMMA && bytes[at] !== CLOSE_OBJECT && !isSpace(bytes[at])) at += 1;
    return at;
  }
  let depth = 0;
  while (at < length) {
    const code = bytes[at];
    if (code === QUOTE) {
      at = endOfString(bytes, at, length);
      continue;
    }
    at += 1;
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth += 1;
    else if ((code === CLOSE_OBJECT || code === CLOSE_ARRAY) && --depth === 0) return at;
  }
  return length;
}

/** The byte behind the string that begins with the quote at `start`. */
function endOfString(bytes, start, length) {
  let at = start + 1;
  while (at < length) {
    const code = bytes[at];
    if (code === QUOTE) return at + 1;
    at += code === BACKSLASH ? 2 : 1;
  }
  return length;
}

function isSpace(code) {
  return code === 32 || code === 10 || code === 13 || code === 9;
}
