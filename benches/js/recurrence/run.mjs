/**
 * Recurrences side by side in Chromium: the package, rrule.js and croner answer the same questions in one page, in one run.
 * Each question includes reading the rule, as in a form in which somebody types it. `--quick` shows that it works.
 */

import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { serve } from "../env/server.mjs";
import { describeMachine } from "../machine.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const quick = process.argv.includes("--quick");
const settings = quick
  ? { year: 2026, many: 20, roundMs: 5, rounds: 3 }
  : { year: 2016, many: 1000, roundMs: 100, rounds: 9 };

const { outputFiles } = await build({
  entryPoints: [`${HERE}page.mjs`],
  bundle: true,
  format: "esm",
  target: "chrome120",
  platform: "browser",
  logLevel: "error",
  write: false,
});
const server = await serve({ bodies: HERE, bundles: new Map([["recurrence", outputFiles[0].text]]) });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
});
try {
  const page = await browser.newPage();
  const failures = [];
  page.on("pageerror", (error) => failures.push(error));
  await page.goto(`${server.origin}/pages/nothing`);
  await page.addScriptTag({ url: `${server.origin}/scripts/recurrence`, type: "module" });
  await page
    .waitForFunction(() => globalThis.measure !== undefined, undefined, { timeout: 20_000 })
    .catch((error) => {
      throw failures[0] ?? error;
    });
  const rows = await page.evaluate((given) => globalThis.measure(given), settings);
  console.log(describeMachine([{ name: "chromium", version: browser.version() }]));
  const shown = (us) => (us === undefined ? "–" : us < 1000 ? `${us.toFixed(1)} µs` : `${(us / 1000).toFixed(1)} ms`);
  console.table(
    rows.map(({ rule, occurrences, microseconds: { ours, rrule, croner } }) => ({
      rule,
      occurrences,
      ours: shown(ours),
      "rrule.js": shown(rrule),
      croner: shown(croner),
      "rrule.js / ours": rrule === undefined ? "–" : (rrule / ours).toFixed(1),
      "croner / ours": croner === undefined ? "–" : (croner / ours).toFixed(1),
    })),
  );
} finally {
  await browser.close();
  await server.close();
}
