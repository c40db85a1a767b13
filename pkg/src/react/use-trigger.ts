import { useInsertionEffect, useRef } from "react";
import type { TriggerHandler } from "../types/deliveries.js";
import type { TriggerKind } from "../types/triggers.js";
import { useScheduler } from "./provider.js";
import { useBrowserLayoutEffect } from "./use-browser-layout-effect.js";

/** A handler, or none for now: `enabled && handler` works too. */
export type OptionalTriggerHandler = TriggerHandler | null | undefined | false;
type TriggerKinds = TriggerKind | readonly TriggerKind[];

const none: TriggerHandler = () => undefined;

/**
 * Calls `handler` when a trigger fires, of every kind or of these: `onTrigger` for as long as the component is mounted,
 * with the handler of the last render. A promise that it returns counts; when it rejects, the handler is called again.
 *
 * Mount it where it stays, at the application's root: a trigger of a kind for which no handler is mounted when it fires is
 * settled without one, and that is not made up for. At most one tab of the browser profile runs it for an occurrence, and
 * after a crash it can run again: pass `delivery.triggerId` on as the idempotency key.
 */
export function useTrigger(handler: OptionalTriggerHandler): void;
export function useTrigger(kinds: TriggerKinds, handler: OptionalTriggerHandler): void;
export function useTrigger(first: TriggerKinds | OptionalTriggerHandler, second?: OptionalTriggerHandler): void {
  const scheduler = useScheduler();
  const ofSomeKinds = typeof first === "string" || Array.isArray(first);
  const kinds = ofSomeKinds ? [first].flat().join() : null;
  const handler = (ofSomeKinds ? second : (first as OptionalTriggerHandler)) || null;
  const latest = useRef<TriggerHandler>(none);
  useInsertionEffect(() => {
    latest.current = handler ?? none;
  });
  const wanted = handler !== null;
  // Before the provider starts the scheduler, which delivers what was missed.
  useBrowserLayoutEffect(() => {
    if (scheduler === null || scheduler.disposed || !wanted) {
      return undefined;
    }
    const handle: TriggerHandler = (delivery) => latest.current(delivery);
    return kinds === null
      ? scheduler.onTrigger(handle)
      : scheduler.onTrigger(kinds.split(",") as TriggerKind[], handle);
  }, [scheduler, kinds, wanted]);
}
