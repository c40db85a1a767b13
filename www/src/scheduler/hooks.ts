import { useSchedulerHealth } from "client-event-scheduler/react";
import type { ClientEventScheduler, SchedulerHealth, SchedulerStatus } from "client-event-scheduler/slim";
import { use, useSyncExternalStore } from "react";
import type { SeenChange } from "./changeLog";
import type { EventIndexSnapshot } from "./eventIndex";
import { AdminSchedulerContext } from "./SchedulerGate";

function useAdminScheduler() {
  const admin = use(AdminSchedulerContext);
  if (!admin) throw new Error("This component must stand inside <SchedulerGate>.");
  return admin;
}

/** The page's scheduler. */
export const usePageScheduler = (): ClientEventScheduler => useAdminScheduler().scheduler;

/** How the page's scheduler is, as of the latest change. */
export function usePageHealth(): SchedulerHealth {
  const scheduler = usePageScheduler();
  return useSchedulerHealth() ?? scheduler.health();
}

/** Every event with its status and next trigger. */
export function useEventIndex(): EventIndexSnapshot {
  const { events } = useAdminScheduler();
  return useSyncExternalStore(events.subscribe, events.getSnapshot);
}

/** What the scheduler is doing, as of the latest change of its events or statuses. */
export function useSchedulerStatus(): SchedulerStatus {
  return useEventIndex().scheduler;
}

/** The status changes that this page has seen, newest first. */
export function useSeenChanges(): readonly SeenChange[] {
  const { changes } = useAdminScheduler();
  return useSyncExternalStore(changes.subscribe, changes.getSnapshot);
}
