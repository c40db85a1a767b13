import type { QueuedTrigger, SchedulerHealth, SchedulerStatus } from "client-event-scheduler/slim";
import type { MeasuredScheduler } from "../scheduler/serverRecord";
import { kindWords } from "../scheduler/vocabulary";
import { formatDuration } from "../time/duration";
import { formatClock, formatInstant } from "../time/format";

/** One thing that page and server both have. */
export interface Compared {
  readonly label: string;
  readonly here: string;
  readonly there: string;
  /** `same` or `differs` where they should be alike; `null` where each has its own. */
  readonly verdict: "same" | "differs" | null;
  /** What a difference means, for whoever sees one. */
  readonly meaning?: string;
}

const NOTHING = "–";

interface Sides {
  readonly status: SchedulerStatus;
  readonly health: SchedulerHealth;
  readonly server: MeasuredScheduler | undefined;
  readonly nameOf: (eventId: string) => string;
  /** Version and time zones of the server, where it tells them. */
  readonly serverVersion: string | undefined;
  readonly serverZones: string | undefined;
}

/** Page and server, point by point. */
export function compare(sides: Sides): readonly Compared[] {
  const { status, health, server, serverVersion, serverZones } = sides;
  const alike = (label: string, here: string, there: string | undefined, meaning: string): Compared => ({
    label,
    here,
    there: there ?? NOTHING,
    verdict: there === undefined ? null : here === there ? "same" : "differs",
    meaning,
  });
  const apart = (label: string, here: string, there: string | undefined): Compared => ({
    label,
    here,
    there: there ?? NOTHING,
    verdict: null,
  });
  return [
    alike("State", running(status.running), server && running(server.running), "One of them fires nothing."),
    alike(
      "Paused",
      paused(status.paused && { ...status.paused }),
      server && paused(server.paused ? { ...server.paused, since: Date.parse(server.paused.since) } : null),
      "A pause of the server does not hold back this page, and the other way round.",
    ),
    alike(
      "Events tracked",
      count(status.eventsTracked),
      server && count(server.events_tracked),
      "The page is behind the feed; it catches up by itself.",
    ),
    alike(
      "Triggers queued",
      count(status.triggersQueued),
      server && count(server.triggers_queued),
      "The queue below says which ones are missing where.",
    ),
    alike(
      "Next trigger",
      due(status.nextTrigger, sides.nameOf),
      server && due(server.next_trigger ? asQueued(server.next_trigger) : null, sides.nameOf),
      "The queue below says which ones are missing where.",
    ),
    alike(
      "Quarantined events",
      count(status.eventsQuarantined),
      server && count(server.events_quarantined),
      "The two understand an event differently.",
    ),
    alike(
      "Catch-up window",
      hours(status.maxDowntimeHours),
      server && hours(server.max_downtime_hours),
      "Each has its own: the server's decides what it delivers, the page's what is delivered here.",
    ),
    apart("Waiting to be delivered", count(status.deliveriesWaiting), server && count(server.deliveries_waiting)),
    apart("Last tick", clock(status.watermark), server && clock(instant(server.last_tick_at))),
    apart("Clock", server ? offset(server.clock) : NOTHING, server && formatClock(Date.parse(server.now))),
    alike("Time zones", health.versions.timeZones, serverZones, "Local times may mean other instants there."),
    alike("Version", health.versions.package, serverVersion, "Reload the page to run the server's version."),
  ];
}

const instant = (text: string | null | undefined) => (text == null ? undefined : Date.parse(text));
const count = (value: number) => value.toLocaleString();
const running = (value: boolean) => (value ? "running" : "stopped");
const hours = (value: number) => `${value.toLocaleString()} h`;
const clock = (at: number | null | undefined) => (at == null ? NOTHING : formatClock(at));
const paused = (pause: { readonly since: number; readonly reason: string } | null) =>
  pause ? `since ${formatInstant(pause.since)}: ${pause.reason}` : "no";

type NextTrigger = Pick<QueuedTrigger, "eventId" | "dueAt"> & { readonly kind: string };

const asQueued = (trigger: { event_id: string; kind: string; due_at: string }): NextTrigger => ({
  eventId: trigger.event_id,
  kind: trigger.kind,
  dueAt: Date.parse(trigger.due_at),
});

/** A trigger in words. */
function due(trigger: NextTrigger | null, nameOf: Sides["nameOf"]): string {
  if (!trigger) return "none";
  return `${nameOf(trigger.eventId)}: ${kindWords(trigger.kind).toLowerCase()}, ${formatInstant(trigger.dueAt)}`;
}

/** Anything within the uncertainty of the measurement counts as the same time. */
function offset({ offsetMs, boundMs }: MeasuredScheduler["clock"]): string {
  const apart = Math.round(Math.abs(offsetMs));
  if (apart <= Math.ceil(boundMs)) return `the server's, within ${formatDuration(Math.ceil(boundMs))}`;
  return `${formatDuration(apart)} ${offsetMs > 0 ? "ahead" : "behind"}, ± ${formatDuration(Math.ceil(boundMs))}`;
}
