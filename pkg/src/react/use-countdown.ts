import { useRef, useSyncExternalStore } from "react";
import { secondClockOf } from "../page/second-clock.js";
import type { ClientEventScheduler } from "../scheduler.js";
import { useOptionalScheduler } from "./provider.js";
import { useSchedulerSnapshot } from "./use-scheduler-snapshot.js";

/** How long it still takes, in whole seconds, rounded up. */
export interface Countdown {
  readonly days: number;
  /** 0 to 23. */
  readonly hours: number;
  /** 0 to 59. */
  readonly minutes: number;
  /** 0 to 59. */
  readonly seconds: number;
  /** The whole of it in milliseconds. */
  readonly totalMs: number;
  /** The target is reached. */
  readonly done: boolean;
  /** The target in epoch milliseconds; `null` when there is none, and on the server. */
  readonly target: number | null;
}

/** What to count down to: an instant (epoch milliseconds or `Date`), or the next trigger of an event. */
export type CountdownTarget = number | Date | null | undefined | { readonly eventId: string };

const NOTHING_TO_COUNT: Countdown = Object.freeze({
  days: 0,
  hours: 0,
  minutes: 0,
  seconds: 0,
  totalMs: 0,
  done: false,
  target: null,
});

/**
 * Counts down to an instant or to the next trigger of an event. All countdowns of a page move together, on the second;
 * one renders anew only when the second that it shows changes.
 */
export function useCountdown(target: CountdownTarget): Countdown {
  const scheduler = useOptionalScheduler();
  const instant = useInstant(scheduler, target);
  const clock = secondClockOf(scheduler);
  const cache = useRef(NOTHING_TO_COUNT);
  if (typeof window !== "undefined" && scheduler?.disposed !== true) {
    // Here and not in the snapshot, which must not depend on when it is taken. On the server nothing may go on.
    clock.wind();
  }
  const snapshot = (): Countdown => {
    const now = clock.current;
    if (instant === null || now === null || scheduler?.disposed === true) {
      return NOTHING_TO_COUNT;
    }
    const totalMs = Math.max(0, Math.ceil((instant - now) / 1000) * 1000);
    if (cache.current.target !== instant || cache.current.totalMs !== totalMs) {
      cache.current = countdown(instant, totalMs);
    }
    return cache.current;
  };
  return useSyncExternalStore(clock.watch, snapshot, () => NOTHING_TO_COUNT);
}

function useInstant(scheduler: ClientEventScheduler | null, target: CountdownTarget): number | null {
  const eventId = isEvent(target) ? target.eventId : null;
  const nextDue = useSchedulerSnapshot<number | null>(
    scheduler,
    eventId ?? "",
    (from) => (eventId === null ? null : (from.queue({ limit: 1, eventId })[0]?.dueAt ?? null)),
    null,
  );
  if (isEvent(target)) {
    return nextDue;
  }
  const instant = target == null ? Number.NaN : Number(target);
  return Number.isFinite(instant) ? instant : null;
}

function isEvent(target: CountdownTarget): target is { readonly eventId: string } {
  return typeof target === "object" && target !== null && "eventId" in target;
}

function countdown(target: number, totalMs: number): Countdown {
  const seconds = totalMs / 1000;
  return Object.freeze({
    days: Math.floor(seconds / 86_400),
    hours: Math.floor(seconds / 3600) % 24,
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
    totalMs,
    done: totalMs === 0,
    target,
  });
}
