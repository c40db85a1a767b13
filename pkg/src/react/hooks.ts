import type { EventSnapshot, EventStatus } from "../types/events.js";
import type { SchedulerHealth } from "../types/scheduler-types.js";
import type { QueuedTrigger } from "../types/triggers.js";
import { useScheduler } from "./provider.js";
import { useSchedulerSnapshot } from "./use-scheduler-snapshot.js";

const NO_TRIGGERS: readonly QueuedTrigger[] = Object.freeze([]);
const NO_EVENTS: readonly EventSnapshot[] = Object.freeze([]);

/** Where an event stands; `undefined` while it, or its id, is not known. Renders anew when that changes. */
export function useEventStatus(eventId: string | null | undefined): EventStatus | undefined {
  return useSchedulerSnapshot<EventStatus | undefined>(
    useScheduler(),
    eventId ?? "",
    (scheduler) => (eventId == null ? undefined : scheduler.getEventStatus(eventId)),
    undefined,
  );
}

/** Every event with its computed status. Renders anew when one of them has changed, come or gone. */
export function useEvents(): readonly EventSnapshot[] {
  return useSchedulerSnapshot(useScheduler(), "", (scheduler) => scheduler.getAllEvents(), NO_EVENTS, sameEvents);
}

/** Which triggers {@link useUpcomingTriggers} shows. */
export interface UpcomingTriggersOptions {
  /** How many. Default 10. */
  readonly limit?: number | undefined;
  /** Only those of this event. */
  readonly eventId?: string | undefined;
}

/** The coming triggers in the order in which they will fire. */
export function useUpcomingTriggers(options: UpcomingTriggersOptions = {}): readonly QueuedTrigger[] {
  const { limit = 10, eventId } = options;
  return useSchedulerSnapshot(
    useScheduler(),
    `${limit}/${eventId ?? ""}`,
    (scheduler) => scheduler.queue(eventId === undefined ? { limit } : { limit, eventId }),
    NO_TRIGGERS,
    sameTriggers,
  );
}

/** How the scheduler is; `null` until there is one. */
export function useSchedulerHealth(): SchedulerHealth | null {
  return useSchedulerSnapshot<SchedulerHealth | null>(
    useScheduler(),
    "",
    (scheduler) => scheduler.health(),
    null,
    (a, b) => JSON.stringify(a) === JSON.stringify(b),
  );
}

function sameTriggers(a: readonly QueuedTrigger[], b: readonly QueuedTrigger[]): boolean {
  return a.length === b.length && a.every((trigger, i) => trigger.triggerId === b[i]?.triggerId);
}

function sameEvents(a: readonly EventSnapshot[], b: readonly EventSnapshot[]): boolean {
  return a.length === b.length && a.every((event, i) => sameFields(event, b[i] as EventSnapshot));
}

/** An event that was added again as it was is another object with the same fields. */
function sameFields(a: EventSnapshot, b: EventSnapshot): boolean {
  if (a === b) {
    return true;
  }
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.is(a[name], b[name]));
}
