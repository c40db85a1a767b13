"use client";

export {
  type UpcomingTriggersOptions,
  useEventStatus,
  useEvents,
  useSchedulerHealth,
  useUpcomingTriggers,
} from "./hooks.js";
export { SchedulerProvider, type SchedulerProviderProps, useScheduler } from "./provider.js";
export { type Countdown, type CountdownTarget, useCountdown } from "./use-countdown.js";
export { type OptionalTriggerHandler, useTrigger } from "./use-trigger.js";
