import type { EventFields } from "../types/events.js";
import type { RawScheduler } from "../wasm/raw.js";
import { FIELDS_BYTES, fieldsText, putAscii, putFields } from "./encode.js";

const encoder = new TextEncoder();

/** Below this length, copying characters beats the fixed price of a call of `encodeInto`. */
const SHORT_TEXT = 256;

/** The buffer in WebAssembly memory through which text goes in. Holds nothing between calls. */
export class Scratch {
  readonly #raw: RawScheduler;
  readonly #memory: WebAssembly.Memory;
  #view = new Uint8Array(0);

  constructor(raw: RawScheduler, memory: WebAssembly.Memory) {
    this.#raw = raw;
    this.#memory = memory;
  }

  /** Writes the fields of `event` under `eventId` and answers the number of bytes. */
  writeFields(eventId: unknown, event: EventFields): number {
    const length = putFields(this.#reserve(FIELDS_BYTES), eventId, event);
    return length >= 0 ? length : this.#encode(fieldsText(eventId, event));
  }

  /** Writes `text` as UTF-8 and answers the number of bytes. */
  writeText(text: string): number {
    if (text.length <= SHORT_TEXT) {
      const length = putAscii(this.#reserve(SHORT_TEXT), 0, text);
      if (length >= 0) {
        return length;
      }
    }
    return this.#encode(text);
  }

  #encode(text: string): number {
    return encoder.encodeInto(text, this.#reserve(text.length * 3)).written;
  }

  #reserve(byteLength: number): Uint8Array {
    const pointer = this.#raw.scratch(byteLength);
    const view = this.#view;
    // A view of memory that has grown since is detached: its buffer is no longer the memory's.
    if (view.byteOffset !== pointer || view.length < byteLength || view.buffer !== this.#memory.buffer) {
      this.#view = new Uint8Array(this.#memory.buffer, pointer, byteLength);
      return this.#view;
    }
    return view;
  }
}
