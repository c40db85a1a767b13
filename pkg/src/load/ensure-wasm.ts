import { hasWasmSource } from "../wasm/loader.js";

/** Where nothing else has said where the WebAssembly module is, the default entry has it. */
export async function ensureWasmSource(): Promise<void> {
  if (!hasWasmSource()) {
    await import("../index.js");
  }
}
