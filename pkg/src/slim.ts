/**
 * The entry for those who serve the WebAssembly module themselves: call {@link init} once, before anything else.
 *
 * ```ts
 * import insightUrl from "client-event-scheduler/client-event-scheduler-insight.wasm?url";
 * import recurrenceUrl from "client-event-scheduler/client-event-scheduler-recurrence.wasm?url";
 * import wasmUrl from "client-event-scheduler/client-event-scheduler.wasm?url"; // Vite
 * import { createScheduler, init } from "client-event-scheduler/slim";
 *
 * await init(wasmUrl, insightUrl, recurrenceUrl);
 * ```
 */

import { loadWasm, type PartSource, registerPart, type WasmSource } from "./wasm/loader.js";

export * from "./public.js";
export type { PartSource, WasmSource } from "./wasm/loader.js";

/**
 * Loads the module from a URL, a response, its bytes, or as it is. A second call waits for the first.
 *
 * `insight` is where the part of the module is that `explain`, `simulate`, `detectConflicts` and `previewSync` need, and
 * whoever has a back end; `recurrence` where the one for `previewRecurrence` is. Each is fetched when it is first needed, or
 * asked for where it is a function. Without them, those calls reject, and the device's clock is used.
 */
export async function init(source: WasmSource, insight?: PartSource, recurrence?: PartSource): Promise<void> {
  registerPart("insight", insight);
  registerPart("recurrence", recurrence);
  await loadWasm(source);
}
