import wasmText from "../../wasm/client_event_scheduler_insight.wasm?text";
import { decodeBytes } from "./inline.js";

/** What people ask, and what goes by the back end's clock, for the default entry: a chunk of its own, which a page loads when it needs it. */
export const insightBytes = (): BufferSource => decodeBytes(wasmText);
