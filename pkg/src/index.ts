/**
 * The default entry: the WebAssembly module is part of it, as text, and is compiled when it is first needed. It needs no
 * bundler plugin, no top-level await and no request.
 */

import wasmText from "../wasm/client_event_scheduler_bg.wasm?text";
import { decodeBytes } from "./wasm/inline.js";
import { registerInlineBytes } from "./wasm/loader.js";

registerInlineBytes(() => decodeBytes(wasmText));

export * from "./public.js";
