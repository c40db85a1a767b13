import { isObject } from "../event-text.js";
import type { EventFields, EventInput } from "../types/events.js";
import type { SchedulerChange, SchedulerChangeType } from "./change.js";
import { definitionsIn, eventsIn, hasEventFields, idsIn, idsInAnswer } from "./envelope.js";

/** A request that has succeeded, and what it is known to have done. */
export interface Exchange {
  readonly type: SchedulerChangeType;
  /** The event that the request named, where it is one. */
  readonly eventId: string | null;
  /** What was sent; `undefined` where that is not known. */
  readonly request: unknown;
  /** What was answered; `undefined` where there was nothing. */
  readonly response: unknown;
}

/** Finds the events in an answer. */
export type FindEvents = (data: unknown) => readonly EventInput[] | EventInput | null | undefined;

/** What the scheduler has to do; nothing where neither the answer nor the request tells which event it is about. */
export function changesIn(exchange: Exchange, find: FindEvents = eventsIn): readonly SchedulerChange[] {
  const { type, eventId, request, response } = exchange;
  if (type === "delete") {
    return idsOf(exchange).map((id) => ({ type, eventId: id }));
  }
  const events = about(eventId, [find(response) ?? []].flat());
  if (type === "approve" || type === "decline") {
    return events.length > 0
      ? events.map((event) => ({ type, eventId: event.event_id, event }))
      : idsOf(exchange).map((id) => ({ type, eventId: id }));
  }
  if (events.length > 0) {
    return events.map((event) => ({ type, event }));
  }
  return fromRequest(type, eventId ?? idsInAnswer(response)[0] ?? null, request);
}

function idsOf({ eventId, request, response }: Exchange): readonly string[] {
  if (eventId !== null) {
    return [eventId];
  }
  const asked = idsIn(request);
  return asked.length > 0 ? asked : idsInAnswer(response);
}

/** Of several events in the answer to a request about one, that one. */
function about(eventId: string | null, events: readonly EventInput[]): readonly EventInput[] {
  return eventId === null || events.length < 2 ? events : events.filter((event) => event.event_id === eventId);
}

/** The answer has told nothing, so that what was sent has to do. An update may have been sent in part. */
function fromRequest(type: "create" | "update", eventId: string | null, request: unknown): readonly SchedulerChange[] {
  const sent = definitionsIn(request);
  const only = sent.length > 1 ? null : eventId;
  const bodies = sent.length === 0 && type === "update" && isPatch(request) ? [request] : sent;
  return bodies.flatMap((event): SchedulerChange[] => {
    const id = only ?? event.event_id;
    if (typeof id !== "string" || id === "") {
      return [];
    }
    const whole = { ...event, event_id: id };
    return [type === "create" ? { type, event: whole } : { type, event: whole, partial: true }];
  });
}

/** An object with other fields than those that the scheduler reads can still be a change of an event. */
function isPatch(request: unknown): request is EventFields {
  return isObject(request) && !hasEventFields(request);
}
