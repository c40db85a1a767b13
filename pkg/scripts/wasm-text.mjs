// Encodes bytes as the printable text that `src/wasm/inline.ts` decodes, and says where bundlers are to use it.

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

const SINGLES = 91;

/** Printable ASCII but for the quote and the backslash. */
const CHARACTERS = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter(
  (character) => character !== '"' && character !== "\\",
);

/** @param {Uint8Array} bytes */
export function encodeBytes(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) {
    counts[byte] += 1;
  }
  const byFrequency = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
  const written = new Array(256);
  byFrequency.forEach((byte, rank) => {
    written[byte] = rank < SINGLES ? CHARACTERS[rank] : escaped(rank - SINGLES);
  });
  const table = byFrequency.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return table + Array.from(bytes, (byte) => written[byte]).join("");
}

function escaped(rank) {
  return CHARACTERS[SINGLES + Math.floor(rank / SINGLES)] + CHARACTERS[rank % SINGLES];
}

async function wasmModule(path) {
  return `export default ${JSON.stringify(encodeBytes(await readFile(path)))};`;
}

const QUERY = "?text";

/** For esbuild. */
export const esbuildWasmText = {
  name: "wasm-text",
  setup(build) {
    build.onResolve({ filter: /\.wasm\?text$/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path.slice(0, -QUERY.length)),
      namespace: "wasm-text",
    }));
    build.onLoad({ filter: /.*/, namespace: "wasm-text" }, async ({ path }) => ({ contents: await wasmModule(path) }));
  },
};

/** For vitest. */
export const viteWasmText = {
  name: "wasm-text",
  enforce: "pre",
  load: (id) => (id.endsWith(`.wasm${QUERY}`) ? wasmModule(id.slice(0, -QUERY.length)) : null),
};
