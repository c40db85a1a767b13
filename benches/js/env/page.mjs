/** Runs one competitor in a page of its own, on behalf of `ChromiumEnvironment`. */

import { loadOnce } from "../suite/memory.mjs";
import { Subject } from "../suite/subject.mjs";
import { wasmBytes, watchWasmMemory } from "../suite/wasm-memory.mjs";

let streams = 0;

const environment = {
  async body(size) {
    const response = await fetch(`/bodies/${size}`);
    return new Uint8Array(await response.arrayBuffer());
  },

  /** The time of the last byte is what the network stack noted, not when a script came to see it. */
  async openStream(size) {
    streams += 1;
    const url = new URL(`/streams/${size}?${streams}`, location.href).href;
    performance.clearResourceTimings();
    return { response: await fetch(url), lastByteAt: () => responseEnd(url) };
  },

  openResponse: (size) => fetch(`/streams/${size}?cold`),

  async collectGarbage() {
    globalThis.gc();
  },
};

/** Makes the competitor's methods callable from the harness. */
export function install(competitor) {
  if (!globalThis.crossOriginIsolated) throw new Error("the page is not isolated, so its clock is too coarse");
  watchWasmMemory();
  const subject = new Subject(competitor, environment);
  const methods = {
    ready: async () => competitor.ready?.(),
    loadOnce: (...args) => loadOnce(competitor, environment, ...args),
    wasmBytes,
  };
  globalThis.call = async (method, args) => methods[method]?.(...args) ?? subject[method](...args);
}

async function responseEnd(url) {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const [entry] = performance.getEntriesByName(url);
    if (entry !== undefined && entry.responseEnd > 0) return entry.responseEnd;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`no timing for ${url}`);
}
