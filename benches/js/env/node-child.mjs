/** Runs one competitor in a Node process of its own, on behalf of `NodeEnvironment`. */

import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { COMPETITORS } from "../competitors/index.mjs";
import { loadOnce } from "../suite/memory.mjs";
import { Subject } from "../suite/subject.mjs";
import { wasmBytes, watchWasmMemory } from "../suite/wasm-memory.mjs";
import { CHUNK_BYTES, openMemoryStream } from "./chunks.mjs";

const [, , competitorName, bodies] = process.argv;
const fileOf = (size) => join(bodies, `${size}.json`);

const environment = {
  body: async (size) => new Uint8Array(await readFile(fileOf(size))),
  openStream: async (size) => openMemoryStream(await readFile(fileOf(size))),
  openResponse: async (size) =>
    new Response(Readable.toWeb(createReadStream(fileOf(size), { highWaterMark: CHUNK_BYTES }))),
  collectGarbage: () => globalThis.gc(),
};

watchWasmMemory();
const competitor = await import(COMPETITORS[competitorName].href);
const subject = new Subject(competitor, environment);
const methods = {
  ready: async () => competitor.ready?.(),
  loadOnce: (...args) => loadOnce(competitor, environment, ...args),
  kept: async () => {
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers + wasmBytes();
  },
};

process.on("message", async ({ id, method, args }) => {
  try {
    process.send({ id, value: await (methods[method]?.(...args) ?? subject[method](...args)) });
  } catch (error) {
    process.send({ id, error: error.stack });
  }
});
process.send({ id: 0 });
