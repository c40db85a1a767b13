/**
 * The default entry: the WebAssembly module is part of it, as text, and is compiled when it is first needed. It needs no
 * bundler plugin, no top-level await and no request. What only `explain`, `simulate` and `detectConflicts` need is a chunk
 * that the first such call loads.
 */

import wasmText from "../wasm/client_event_scheduler_bg.wasm?text";
import { decodeBytes } from "./wasm/inline.js";
import { registerInlineBytes } from "./wasm/loader.js";

registerInlineBytes({
  module: () => decodeBytes(wasmText),
  insight: () => import("./wasm/insight.js").then(({ insightBytes }) => insightBytes()),
});

export * from "./public.js";
