import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["e2e/**/*.test.ts"],
    // One browser and one server at a time: what is measured is the system, not the machine's load.
    fileParallelism: false,
    testTimeout: 60_000,
    // As patient as a locator that waits.
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 60_000,
  },
});
