import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { CHUNK_BYTES, CHUNKS_PER_MS } from "./chunks.mjs";

/**
 * Without the first two the browser rounds its clock to 100 µs. Without the third it writes responses to its disk cache, and
 * holds back the end of a response until that is done.
 */
const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cache-control": "no-store",
};

/**
 * Serves the page, the bundles and the response bodies on 127.0.0.1.
 *
 * @param {{bodies: string, bundles: Map<string, string>}} content folder of the bodies; script text by competitor
 * @returns {Promise<{origin: string, close(): Promise<void>}>}
 */
export async function serve({ bodies, bundles }) {
  const cache = new Map();
  const body = async (size) => {
    if (!cache.has(size)) cache.set(size, await readFile(join(bodies, `${Number(size)}.json`)));
    return cache.get(size);
  };
  const server = createServer(async (request, response) => {
    const [, kind, name] = new URL(request.url, "http://127.0.0.1").pathname.split("/");
    if (kind === "pages")
      return send(
        response,
        "text/html",
        `<!doctype html><title>${name}</title><script src="/scripts/${name}"></script>`,
      );
    if (kind === "scripts" && bundles.has(name)) return send(response, "text/javascript", bundles.get(name));
    if (kind === "bodies") return send(response, "application/json", await body(name));
    if (kind === "streams") return stream(response, await body(name));
    response.writeHead(404, HEADERS).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response, type, content) {
  response.writeHead(200, { ...HEADERS, "content-type": type, "content-length": Buffer.byteLength(content) });
  response.end(content);
}

/** Sends at a steady rate, in chunks. */
async function stream(response, bytes) {
  response.writeHead(200, { ...HEADERS, "content-type": "application/json", "content-length": bytes.length });
  const started = performance.now();
  let sent = 0;
  while (sent < bytes.length && !response.destroyed) {
    const allowed = (Math.floor((performance.now() - started) * CHUNKS_PER_MS) + 1) * CHUNK_BYTES;
    let flowing = true;
    while (sent < Math.min(allowed, bytes.length) && flowing) {
      flowing = response.write(bytes.subarray(sent, sent + CHUNK_BYTES));
      sent += CHUNK_BYTES;
    }
    if (!flowing) await drained(response);
    else await new Promise((resolve) => setTimeout(resolve, 1));
  }
  response.end();
}

function drained(response) {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}
