/** For an application's own tests: a scheduler whose time a test moves, and a back end in memory. */

export { memoryStorage } from "../ports/memory-storage.js";
export type { Duration, Instant } from "./instants.js";
export { MemoryTransport, memoryTransport } from "./memory-transport.js";
export { TestClock } from "./test-clock.js";
export { createTestScheduler, type TestScheduler, type TestSchedulerOptions } from "./test-scheduler.js";
