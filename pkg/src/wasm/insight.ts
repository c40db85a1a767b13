import wasmText from "../../wasm/client_event_scheduler_insight.wasm?text";
import { decodeBytes } from "./inline.js";

/** The second half of the module, for the default entry: a chunk of its own, which a page loads when it needs it. */
export const insightBytes = (): BufferSource => decodeBytes(wasmText);
