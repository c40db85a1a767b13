import { readFile, writeFile } from "node:fs/promises";

/**
 * The memory of processes as the kernel counts it: everything that their pages hold, whether JavaScript heap, WebAssembly
 * memory, array buffer or network buffer. The peak is the kernel's own high-water mark, so nothing slips between two samples, not
 * even while the thread is blocked. Only Linux tells it; elsewhere there is no such figure.
 */

/** @param {number[]} pids @returns {Promise<Map<number, number>>} bytes held now; from now on the peak is counted anew */
export async function begin(pids) {
  const held = new Map();
  for (const pid of pids) {
    const status = await read(pid);
    if (status === undefined) continue;
    held.set(pid, status.now);
    await writeFile(`/proc/${pid}/clear_refs`, "5").catch(() => undefined);
  }
  return held;
}

/** How far the process that grew most went above what it held at `begin`. */
export async function end(before) {
  let largest;
  for (const [pid, now] of before) {
    const status = await read(pid);
    if (status === undefined) continue;
    const grown = status.peak - now;
    if (largest === undefined || grown > largest.peak) largest = { peak: grown };
  }
  return largest;
}

async function read(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => undefined);
  if (status === undefined) return undefined;
  const bytes = (name) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+) kB`, "m"))[1]) * 1024;
  return { now: bytes("VmRSS"), peak: bytes("VmHWM") };
}
