import { EPOCH_MS } from "../data/events.mjs";
import { ManualClock } from "./clock.mjs";

const held = [];

/**
 * Loads once, in a fresh page or process, and keeps everything alive that a page would keep. The harness reads the memory of the
 * process around this call.
 *
 * @param {"bytes" | "response"} form `bytes`: the response is read into an array first, which stays alive during the load
 * @returns {Promise<{cold_load: number}>} nanoseconds of this first load, from bytes or response in hand to ready
 */
export async function loadOnce(competitor, environment, form, size) {
  const source = form === "bytes" ? await environment.body(size) : await environment.openResponse(size);
  const started = performance.now();
  const scheduler = competitor.create({ clock: new ManualClock(EPOCH_MS) });
  const report = await scheduler.initialize(source);
  const cold = performance.now() - started;
  if (report.loaded !== size) throw new Error(`${report.loaded} of ${size} events loaded`);
  held.push(scheduler);
  return { cold_load: cold * 1e6 };
}
