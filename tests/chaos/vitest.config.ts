import { defineConfig } from "vitest/config";

/** One run of the longest fault takes a minute; in the long form a test is many runs. */
const RUN_MS = 240_000;
const { CES_CHAOS_RUNS } = process.env;

export default defineConfig({
  test: {
    include: ["chaos/**/*.test.ts"],
    // Files share two cores: each has its own way of running several browsers at a time.
    fileParallelism: false,
    maxConcurrency: 3,
    testTimeout: RUN_MS * Number(CES_CHAOS_RUNS ?? 1),
    hookTimeout: 60_000,
  },
});
