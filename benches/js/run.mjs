/**
 * The side-by-side benchmark: the package against plain JavaScript, in Node and in Chromium, in one run.
 * `benches/js/README.md` says what is measured and how; `--help` lists the options.
 */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMPETITORS } from "./competitors/index.mjs";
import { makeBody } from "./data/events.mjs";
import { NodeEnvironment } from "./env/node.mjs";
import * as resident from "./env/resident.mjs";
import { describeMachine } from "./machine.mjs";
import { measureMemory, measureSize } from "./measure.mjs";
import { readOptions } from "./options.mjs";
import { ratiosOf, renderReport } from "./report.mjs";
import { judge } from "./targets.mjs";

const MEMORY_SIZE = 100_000;

const options = readOptions(process.argv.slice(2));
if (options !== undefined) process.exitCode = await run(options);

async function run(chosen) {
  const competitors = await available(chosen.only);
  const bodies = await mkdtemp(join(tmpdir(), "scheduler-bench-"));
  const environments = [];
  try {
    for (const size of chosen.sizes) await writeFile(join(bodies, `${size}.json`), makeBody(size));
    for (const name of chosen.environments) environments.push(await start(name, bodies, Object.keys(competitors)));
    const machine = describeMachine(environments);
    const results = [];
    for (const environment of environments) {
      for (const size of chosen.sizes)
        results.push(await measure(environment, Object.keys(competitors), size, chosen.settings));
    }
    return await finish({ machine, quick: chosen.quick, competitors, results }, chosen);
  } finally {
    for (const environment of environments) await environment.close();
    await rm(bodies, { recursive: true, force: true });
  }
}

/** Names and titles of the competitors that can run: ours cannot until the package is built. */
async function available(wanted) {
  const titles = {};
  for (const name of wanted) {
    try {
      titles[name] = (await import(COMPETITORS[name].href)).title;
    } catch (error) {
      if (name !== "ours" || error.code !== "ERR_MODULE_NOT_FOUND") throw error;
      log(`ours is left out, because the package is not built: ${error.message}`);
    }
  }
  return titles;
}

async function start(name, bodies, competitors) {
  if (name === "node") return new NodeEnvironment(bodies);
  const { ChromiumEnvironment } = await import("./env/chromium.mjs");
  return ChromiumEnvironment.start(bodies, competitors);
}

async function measure(environment, competitors, size, settings) {
  const metrics = await measureSize(environment, competitors, size, settings, log);
  if (size === MEMORY_SIZE && settings.memoryRounds > 0) {
    Object.assign(metrics, await measureMemory(environment, competitors, size, settings, resident, log));
  }
  return { environment: environment.name, size, metrics, ratios: ratiosOf(metrics) };
}

async function finish(report, { json, enforce }) {
  const inChromium = report.results.filter(({ environment }) => environment === "chromium");
  const targets = judge((size, metric, competitor) => {
    const result = inChromium.find((candidate) => candidate.size === size);
    return result?.metrics[metric]?.[competitor]?.median;
  });
  const whole = { ...report, targets };
  console.log(renderReport(whole));
  if (json !== undefined) await writeFile(json, `${JSON.stringify(whole, null, 2)}\n`);
  return enforce && targets.some(({ met }) => met !== true) ? 1 : 0;
}

/** Progress goes to the error stream, so that the report stands alone. */
function log(message) {
  process.stderr.write(`${message}\n`);
}
