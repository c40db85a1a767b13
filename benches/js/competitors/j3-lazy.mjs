import { LazyScheduler } from "./j3/scheduler.mjs";

export const name = "J3";
export const title =
  "J2 that scans bytes as they arrive and makes objects on demand: the package's own idea without WebAssembly";

/** @param {{clock: {now(): number}}} options */
export function create(options) {
  return new LazyScheduler(options);
}
