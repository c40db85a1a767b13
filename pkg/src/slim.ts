/**
 * The entry for those who serve the WebAssembly module themselves: call {@link init} once, before anything else.
 *
 * ```ts
 * import insightUrl from "client-event-scheduler/client-event-scheduler-insight.wasm?url";
 * import wasmUrl from "client-event-scheduler/client-event-scheduler.wasm?url"; // Vite
 * import { createScheduler, init } from "client-event-scheduler/slim";
 *
 * await init(wasmUrl, insightUrl);
 * ```
 */

import { loadWasm, registerInsight, type WasmSource } from "./wasm/loader.js";

export * from "./public.js";
export type { WasmSource } from "./wasm/loader.js";

/**
 * Loads the module from a URL, a response, its bytes, or as it is. A second call waits for the first.
 *
 * `insight` is where the second half of the module is, which `explain`, `simulate` and `detectConflicts` need: it is
 * fetched when one of them is first called. A function is called then; without one, those three reject.
 */
export async function init(
  source: WasmSource,
  insight?: WasmSource | (() => WasmSource | Promise<WasmSource>),
): Promise<void> {
  if (insight !== undefined) {
    registerInsight(insight);
  }
  await loadWasm(source);
}
