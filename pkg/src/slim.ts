/**
 * The entry for those who serve the WebAssembly module themselves: call {@link init} once, before anything else.
 *
 * ```ts
 * import wasmUrl from "client-event-scheduler/client-event-scheduler.wasm?url"; // Vite
 * import { createScheduler, init } from "client-event-scheduler/slim";
 *
 * await init(wasmUrl);
 * ```
 */

import { loadWasm, type WasmSource } from "./wasm/loader.js";

export * from "./public.js";
export type { WasmSource } from "./wasm/loader.js";

/** Loads the module from a URL, a response, its bytes, or as it is. A second call waits for the first. */
export async function init(source: WasmSource): Promise<void> {
  await loadWasm(source);
}
