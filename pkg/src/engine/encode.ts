import type { EventFields } from "../types/events.js";

/*
 * The text in which one event's fields cross into WebAssembly: each field is a tag, its value and a NUL.
 *
 *   -  absent            s…  string             d…  epoch milliseconds of a Date
 *   0  null              n…  number             x…  name of another type, which the core refuses
 *   b0, b1  boolean
 *
 * Two writers give the same bytes. `putFields` copies characters into the buffer without making any string; it gives
 * up on text that is not ASCII or does not fit. `fieldsText` makes a string for that rare case.
 */

const TAG_ABSENT = 45; // -
const TAG_NULL = 48; // 0
const TAG_BOOLEAN = 98; // b
const TAG_STRING = 115; // s
const DIGIT_ZERO = 48;

/** Room that `putFields` wants for everything but long strings. */
export const FIELDS_BYTES = 4096;

/** Writes the fields into `view` and answers the number of bytes, or -1 where `fieldsText` has to do it. */
export function putFields(view: Uint8Array, eventId: unknown, event: EventFields): number {
  let end = put(view, 0, eventId);
  end = put(view, end, event.registration_start_date);
  end = put(view, end, event.registration_end_date);
  end = put(view, end, event.start_datetime);
  end = put(view, end, event.end_datetime);
  end = put(view, end, event.certificate_start_date);
  end = put(view, end, event.certificate_end_date);
  end = put(view, end, event.timezone);
  end = put(view, end, event.status);
  end = put(view, end, event.event_approval_status);
  end = put(view, end, event.approval_required);
  end = put(view, end, event.revision);
  return put(view, end, event.published);
}

function put(view: Uint8Array, at: number, value: unknown): number {
  if (typeof value !== "string") {
    return putOther(view, at, value);
  }
  const length = value.length;
  if (at < 0 || at + length + 2 > view.length) {
    return -1;
  }
  view[at] = TAG_STRING;
  const end = putAscii(view, at + 1, value);
  if (end < 0) {
    return -1;
  }
  view[end] = 0;
  return end + 1;
}

/**
 * Copies `text` to `view[at…]` and answers its end, or -1 when a character is not ASCII. The caller has made sure of
 * the room. Four characters at a time: a third faster than one in Chromium, and for short text far faster than
 * `encodeInto`.
 */
export function putAscii(view: Uint8Array, at: number, text: string): number {
  const length = text.length;
  const unrolled = length & ~3;
  let seen = 0;
  let i = 0;
  for (; i < unrolled; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    seen |= a | b | c | d;
    view[at + i] = a;
    view[at + i + 1] = b;
    view[at + i + 2] = c;
    view[at + i + 3] = d;
  }
  for (; i < length; i += 1) {
    const code = text.charCodeAt(i);
    seen |= code;
    view[at + i] = code;
  }
  return seen > 127 ? -1 : at + length;
}

function putOther(view: Uint8Array, at: number, value: unknown): number {
  if (at < 0 || at + 3 > view.length) {
    return -1;
  }
  if (value === undefined) {
    view[at] = TAG_ABSENT;
    view[at + 1] = 0;
    return at + 2;
  }
  if (value === null) {
    view[at] = TAG_NULL;
    view[at + 1] = 0;
    return at + 2;
  }
  if (typeof value === "boolean") {
    view[at] = TAG_BOOLEAN;
    view[at + 1] = value ? DIGIT_ZERO + 1 : DIGIT_ZERO;
    view[at + 2] = 0;
    return at + 3;
  }
  const text = fieldText(value);
  return at + text.length > view.length ? -1 : putAscii(view, at, text);
}

/** The same bytes as `putFields`, as a string. */
export function fieldsText(eventId: unknown, event: EventFields): string {
  return (
    fieldText(eventId) +
    fieldText(event.registration_start_date) +
    fieldText(event.registration_end_date) +
    fieldText(event.start_datetime) +
    fieldText(event.end_datetime) +
    fieldText(event.certificate_start_date) +
    fieldText(event.certificate_end_date) +
    fieldText(event.timezone) +
    fieldText(event.status) +
    fieldText(event.event_approval_status) +
    fieldText(event.approval_required) +
    fieldText(event.revision) +
    fieldText(event.published)
  );
}

function fieldText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `s${value}\0`;
    case "undefined":
      return "-\0";
    case "number":
      return `n${value}\0`;
    case "boolean":
      return value ? "b1\0" : "b0\0";
    case "object":
      return value === null ? "0\0" : objectText(value);
    default:
      return `x${typeof value}\0`;
  }
}

function objectText(value: object): string {
  if (isDate(value)) {
    return `d${value.getTime()}\0`;
  }
  return Array.isArray(value) ? "xarray\0" : "xobject\0";
}

/** Also true for a `Date` of another frame. */
export function isDate(value: unknown): value is Date {
  return value instanceof Date || Object.prototype.toString.call(value) === "[object Date]";
}

/** Wire names of the fields that the core reads. */
const FIELD_NAMES = [
  "registration_start_date",
  "registration_end_date",
  "start_datetime",
  "end_datetime",
  "certificate_start_date",
  "certificate_end_date",
  "timezone",
  "status",
  "event_approval_status",
  "approval_required",
  "revision",
  "published",
] as const satisfies readonly (keyof EventFields)[];

/**
 * The fields that the core reads, as JSON: for bulk loads of objects, and for text with a NUL in it, which the tagged
 * form cannot carry. What JSON has no form for becomes something that the core refuses by the same problem code.
 */
export function fieldsJson(eventId: unknown, event: EventFields): string {
  let json = "{";
  if (eventId !== undefined) {
    json += `"event_id":${jsonValue(eventId)}`;
  }
  for (const name of FIELD_NAMES) {
    const value = event[name];
    if (value !== undefined) {
      json += `${json.length > 1 ? "," : ""}"${name}":${jsonValue(value)}`;
    }
  }
  return `${json}}`;
}

/** Refused by the core as it refuses infinity and what is no number. */
const BEYOND_ALL_NUMBERS = "1e300";

const PLAIN_TEXT = /^[ !#-[\]-~]*$/;

function jsonValue(value: unknown): string {
  if (typeof value === "string") {
    return PLAIN_TEXT.test(value) ? `"${value}"` : JSON.stringify(value);
  }
  if (typeof value === "boolean" || value === null) {
    return String(value);
  }
  if (typeof value === "number") {
    return Number.isFinite(value) ? String(value) : BEYOND_ALL_NUMBERS;
  }
  if (isDate(value)) {
    return jsonValue(value.getTime());
  }
  return Array.isArray(value) ? "[]" : "{}";
}

/** Whether tagged fields have more NULs than fields, so that one of the texts must contain some. */
export function hasInnerNul(fields: string): boolean {
  return fields.split("\0").length > FIELD_NAMES.length + 2;
}
