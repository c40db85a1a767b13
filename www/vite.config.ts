import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { componentSheets } from "./component-sheets";
import { firstPaint } from "./first-paint";
import { precompress } from "./precompress";

const server = "http://127.0.0.1:8005";

export default defineConfig({
  plugins: [react(), firstPaint(), componentSheets("src/app/components.css"), precompress()],
  server: {
    proxy: {
      "/api": server,
      "/health": server,
    },
  },
  test: { setupFiles: ["src/scheduler/testModule.ts"] },
  build: {
    outDir: "dist",
    // `light-dark()` must reach the browser as written: its schemes are switched by an attribute at run time.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // The content security policy has no `data:` sources for fonts and scripts.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules[\\/](react|react-dom|scheduler|react-router)[\\/]/ },
            // Not what the package itself loads later.
            { name: "scheduler", test: /[\\/]pkg[\\/]dist[\\/]((slim|react)\.js|chunks[\\/]chunk-)/ },
            { name: "mantine", test: /node_modules[\\/]@(mantine|floating-ui)[\\/]|[\\/]components\.css$/ },
          ],
        },
      },
    },
  },
});
