import { HeapScheduler } from "./j2/scheduler.mjs";

export const name = "J2";
export const title = "plain JavaScript, as fast as we could write it";

/** @param {{clock: {now(): number}}} options */
export function create(options) {
  return new HeapScheduler(options);
}
