// Compares dist/ with size-budget.json; fails when something has grown beyond its budget.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url));
const budget = JSON.parse(read("size-budget.json"));

/** The file and everything that it imports statically, from dist/. */
function graph(entry, seen = new Set()) {
  if (!seen.has(entry)) {
    seen.add(entry);
    for (const path of imported(entry, /(?:from|import)\s*"(\.[^"]+)"/g)) {
      graph(path, seen);
    }
  }
  return seen;
}

/** What an entry loads when a chunk of this name is needed, beyond what it has loaded already. */
function later(entry, name) {
  const atOnce = graph(entry);
  const asked = [...atOnce].flatMap((file) =>
    imported(file, new RegExp(`import\\("(\\.[^"]*/${name}-[^"]+)"\\)`, "g")),
  );
  return new Set(asked.flatMap((file) => [...graph(file)]).filter((file) => !atOnce.has(file)));
}

function imported(file, form) {
  const text = read(join("dist", file)).toString();
  return [...text.matchAll(form)].map(([, path]) => join(file, "..", path));
}

function sizes(files) {
  const contents = files.map(read);
  const sum = (measure) => contents.reduce((total, bytes) => total + measure(bytes), 0);
  return {
    raw: sum((bytes) => bytes.length),
    gzip: sum((bytes) => gzipSync(bytes, { level: 9 }).length),
    brotli: sum((bytes) => brotliCompressSync(bytes).length),
  };
}

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9);
let failed = false;

for (const { name, files, entry = name, without, chunk, limit } of budget.items) {
  const shared = without === undefined ? new Set() : graph(without);
  const own = () =>
    [...(chunk === undefined ? graph(entry) : later(entry, chunk))]
      .filter((file) => !shared.has(file))
      .map((file) => join("dist", file));
  const measured = sizes(files ?? own());
  const over = measured.gzip > limit;
  failed ||= over;
  const verdict = over ? `over its budget of ${kB(limit).trim()}` : `of ${kB(limit).trim()}`;
  console.log(
    `${name.padEnd(28)} raw ${kB(measured.raw)}  brotli ${kB(measured.brotli)}  gzip ${kB(measured.gzip)} ${verdict}`,
  );
}

process.exitCode = failed ? 1 : 0;
