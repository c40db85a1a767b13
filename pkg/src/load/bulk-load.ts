import type { Engine } from "../engine/engine.js";
import type { LoadReport } from "../types/scheduler-types.js";
import type { LoadOrigin } from "../wasm/raw.js";
import { type LoadSource, type OpenedSource, openSource } from "./load-source.js";
import { Pace } from "./pace.js";

/** Bytes that are handed to the core at a time: a fraction of a millisecond of work. */
const SLICE_BYTES = 64 * 1024;

/**
 * Makes the events of `source` the whole set, in slices with turns of the event loop between them. What was there
 * before stays as it is until everything has been read, and for good when the load fails.
 */
export async function bulkLoad(
  engine: Engine,
  source: LoadSource,
  origin: LoadOrigin = "backEnd",
): Promise<LoadReport> {
  const opened = openSource(source);
  engine.loadBegin(opened.expectedBytes, origin);
  try {
    await feedAll(engine, opened, new Pace());
    return engine.loadFinish(opened.objects);
  } catch (thrown) {
    abortQuietly(engine);
    throw thrown;
  }
}

async function feedAll(engine: Engine, { chunks }: OpenedSource, pace: Pace): Promise<void> {
  if (Symbol.iterator in chunks) {
    for (const chunk of chunks) {
      await feed(engine, chunk, pace);
    }
    return;
  }
  const reader = chunks.getReader();
  try {
    for (let next = await pace.wait(reader.read()); !next.done; next = await pace.wait(reader.read())) {
      await feed(engine, next.value, pace);
    }
  } catch (thrown) {
    reader.cancel(thrown).catch(() => undefined);
    throw thrown;
  }
}

async function feed(engine: Engine, chunk: Uint8Array, pace: Pace): Promise<void> {
  for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
    // Asked here, so that a chunk that is handed over in one slice costs no turn of the microtask queue.
    if (pace.due) {
      await pace.breathe();
    }
    engine.loadBytes(chunk.subarray(at, at + SLICE_BYTES));
  }
}

/** The load has failed already; that there is nothing left to abort is no news. */
function abortQuietly(engine: Engine): void {
  try {
    engine.loadAbort();
  } catch {
    // For example: the core was replaced, and its load went with it.
  }
}
