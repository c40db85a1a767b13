import wasmText from "../../wasm/client_event_scheduler_recurrence.wasm?text";
import { decodeBytes } from "./inline.js";

/** The part of the module that knows recurrences, for the default entry: a chunk of its own, as the one of `insight`. */
export const recurrenceBytes = (): BufferSource => decodeBytes(wasmText);
