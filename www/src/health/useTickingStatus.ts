import type { SchedulerStatus } from "client-event-scheduler/slim";
import { useEffect, useState } from "react";
import { usePageScheduler } from "../scheduler/hooks";

const REFRESH_MS = 1_000;

/** The scheduler's status once a second: a tick that changes nothing notifies nobody, but here it is shown. */
export function useTickingStatus(): SchedulerStatus {
  const scheduler = usePageScheduler();
  const [status, setStatus] = useState(() => scheduler.status());
  useEffect(() => {
    const refresh = setInterval(() => setStatus(scheduler.status()), REFRESH_MS);
    return () => clearInterval(refresh);
  }, [scheduler]);
  return status;
}
