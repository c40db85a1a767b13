import { readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { viteWasmText } from "./scripts/wasm-text.mjs";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

export default defineConfig({
  plugins: [viteWasmText],
  define: { __PACKAGE_VERSION__: JSON.stringify(version) },
  test: {
    include: ["test/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    testTimeout: 20_000,
  },
});
