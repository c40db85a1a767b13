import moduleUrl from "client-event-scheduler/client-event-scheduler.wasm?url";
import insightUrl from "client-event-scheduler/client-event-scheduler-insight.wasm?url";
import recurrenceUrl from "client-event-scheduler/client-event-scheduler-recurrence.wasm?url";
import { init } from "client-event-scheduler/slim";

/** Loads the scheduler's module, which is a file of its own: the browser compiles it as it arrives, beside everything else. */
export const loadModule = (): Promise<void> => init(moduleUrl, insightUrl, recurrenceUrl);
