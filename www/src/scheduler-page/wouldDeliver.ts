import type { ServerTrigger } from "../api/scheduler";

/** Whether a backfill of its time delivers a trigger: what still waits is delivered anyway, what its event has lost never. */
export function wouldDeliver(trigger: ServerTrigger, again: boolean): boolean {
  if (!trigger.present || trigger.state === "pending") return false;
  return again || trigger.state !== "fired";
}
