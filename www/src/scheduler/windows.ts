import { toInstant } from "../time/eventTime";
import { formatInstant, formatSpan } from "../time/format";
import { type EventDocument, eventTimeZone } from "./eventFields";

export const WINDOW_KINDS = ["registration", "event", "certificates"] as const;
export type WindowKind = (typeof WINDOW_KINDS)[number];

/** A stretch of an event's life, for drawing it; what holds in it is the scheduler's to say. */
export interface Window {
  readonly kind: WindowKind;
  /** Epoch milliseconds. */
  readonly from: number;
  readonly until: number;
  /** The definition does not say when it begins: `from` is only where the drawing does. */
  readonly openStart: boolean;
  /** The same of its end. */
  readonly openEnd: boolean;
}

/** How much of a window without a beginning or an end is drawn. */
const OPEN_MS = 14 * 24 * 3_600_000;

const WORDS: Readonly<Record<WindowKind, string>> = {
  registration: "Registration",
  event: "Event",
  certificates: "Certificates",
};

export const windowWords = (kind: WindowKind): string => WORDS[kind];

/** From when to when, by the viewer's clock. */
export const windowTimes = ({ from, until, openStart, openEnd }: Window): string =>
  openStart ? `until ${formatInstant(until)}` : openEnd ? `from ${formatInstant(from)}` : formatSpan(from, until);

/** The windows that an event has, in the order in which they come about. An event without a start and an end has none. */
export function windowsOf(event: EventDocument): readonly Window[] {
  const timeZone = eventTimeZone(event);
  const at = (field: string) => toInstant(event[field], timeZone);
  const [start, end] = [at("start_datetime"), at("end_datetime")];
  if (start === undefined || end === undefined || end < start) return [];
  const opens = at("registration_start_date");
  const closes = at("registration_end_date") ?? (opens === undefined ? undefined : start);
  const lapses = at("certificate_end_date");
  const issued = at("certificate_start_date") ?? (lapses === undefined ? undefined : end);
  const windows = [
    spanned("registration", opens, closes),
    spanned("event", start, end),
    spanned("certificates", issued, lapses),
  ];
  return windows.filter((window) => window !== undefined);
}

function spanned(kind: WindowKind, from: number | undefined, until: number | undefined): Window | undefined {
  if (from === undefined && until === undefined) return undefined;
  const first = from ?? (until as number) - OPEN_MS;
  const last = until ?? first + OPEN_MS;
  return {
    kind,
    from: first,
    until: Math.max(first, last),
    openStart: from === undefined,
    openEnd: until === undefined,
  };
}
