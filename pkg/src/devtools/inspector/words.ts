import type { EventSnapshot } from "../../types/events.js";
import type { TriggerKind } from "../../types/triggers.js";

const KIND_WORDS: { readonly [kind in TriggerKind]?: string } = {
  registration_open: "Registration opens",
  registration_close: "Registration closes",
  event_start: "Event starts",
  event_end: "Event ends",
  certificate_start: "Certificates open",
  certificate_end: "Certificates close",
};

/** A kind of trigger, for people. */
export function kindWords(kind: TriggerKind): string {
  return KIND_WORDS[kind] ?? sentenceCase(kind);
}

/** `lastContactAt`, `last_contact_at` and `LAST_CONTACT` as words. */
export function sentenceCase(name: string): string {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/[_-]+/g, " ")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function eventName(event: EventSnapshot | undefined, eventId: string): string {
  const name = event?.event_name;
  return typeof name === "string" && name.trim() !== "" ? name : eventId;
}

/** How long it still takes: `3 d 4 h`, `5:08:20`, `8:20`; by a clock that shows whole seconds. */
export function countdownText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (value: number): string => `${value}`.padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  if (hours >= 24) {
    return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  }
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** How late something was. */
export function latenessText(ms: number): string {
  if (Math.abs(ms) < 1000) {
    return `${Math.round(ms)} ms late`;
  }
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s late` : `${countdownText(ms)} late`;
}

const formats = {
  short: new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" }),
  full: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }),
};

/** An instant in the viewer's own zone. */
export function timeText(ms: number, format: keyof typeof formats = "short"): string {
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? formats[format].format(ms) : `${ms}`;
}
