import { installDevtools, SchedulerInspector } from "client-event-scheduler/devtools";
import { useEffect } from "react";

/** What the scheduler is doing, for whoever looks into a problem; also in the browser's performance panel. */
export default function Inspector() {
  useEffect(() => installDevtools(), []);
  return <SchedulerInspector position="bottom-right" />;
}
