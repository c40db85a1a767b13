/**
 * The default entry: the WebAssembly module is part of it, as text, and is compiled when it is first needed. It needs no
 * bundler plugin, no top-level await and no request. What only some calls need, such as `explain` or
 * `previewRecurrence`, are chunks that the first such call loads.
 */

import wasmText from "../wasm/client_event_scheduler_bg.wasm?text";
import { decodeBytes } from "./wasm/inline.js";
import { registerInlineBytes } from "./wasm/loader.js";

registerInlineBytes(() => decodeBytes(wasmText), {
  insight: () => import("./wasm/insight.js").then(({ insightBytes }) => insightBytes()),
  recurrence: () => import("./wasm/recurrence.js").then(({ recurrenceBytes }) => recurrenceBytes()),
});

export * from "./public.js";
