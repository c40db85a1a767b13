import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const LIGHTHOUSE = "lighthouse@12.8.2";
const PAGES = ["dashboard", "timeline", "calendar", "events", "scheduler", "schedules"];
const DEVICES = ["desktop", "mobile"];

const HELP = `node benches/admin/lighthouse.mjs [options]

Measures the built admin (www/dist) with ${LIGHTHOUSE}, served with the demo's events by the release build of the server
(cargo build --release -p client-event-scheduler-server).

  --pages LIST     ${PAGES.join()} (all of them)
  --devices LIST   desktop, mobile: the slow phone that Lighthouse simulates (both)
  --runs N         the run of median performance of so many is shown (3)
  --help

CHROMIUM names the browser (/usr/bin/chromium), CES_SERVER_BIN another build of the server, CES_ADMIN_DIR another of the admin.`;

const PROJECT = resolve(import.meta.dirname, "../..");
const BINARY = process.env.CES_SERVER_BIN ?? join(PROJECT, "target/release/client-event-scheduler-server");
const ADMIN = process.env.CES_ADMIN_DIR ?? join(PROJECT, "www/dist");
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const STARTED_WITHIN_MS = 30_000;
const USER = { name: "root", password: "measured by lighthouse only" };
const TOKEN = "lighthouse-measures-the-admin-of-the-demo";

const METRICS = [
  ["FCP", "first-contentful-paint", inSeconds],
  ["LCP", "largest-contentful-paint", inSeconds],
  ["TBT", "total-blocking-time", (value) => `${Math.round(value)} ms`],
  ["CLS", "cumulative-layout-shift", (value) => value.toFixed(3)],
];

function inSeconds(milliseconds) {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}

const { values: options } = parseArgs({
  options: {
    pages: { type: "string", default: PAGES.join() },
    devices: { type: "string", default: DEVICES.join() },
    runs: { type: "string", default: "3" },
    help: { type: "boolean", default: false },
  },
});
if (options.help) console.log(HELP);
else await measureAll(listed("pages", PAGES), listed("devices", DEVICES), Number(options.runs));

function listed(option, known) {
  const asked = options[option].split(",");
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--${option}: ${unknown} is none of ${known.join(", ")}`);
  return asked;
}

async function measureAll(pages, devices, runs) {
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs: ${options.runs} is no number of runs`);
  const folder = await mkdtemp(join(tmpdir(), "ces-lighthouse-"));
  const server = await startServer(folder);
  try {
    const cookie = await signIn(server.url);
    console.log(`| device | page | performance | accessibility | ${METRICS.map(([name]) => name).join(" | ")} |`);
    console.log(`|---|---|--:|--:|${METRICS.map(() => "--:|").join("")}`);
    for (const device of devices) {
      for (const page of pages) {
        const reports = [];
        for (let run = 0; run < runs; run++)
          reports.push(await measure(`${server.url}/${page}`, device, cookie, folder));
        console.log(row(device, page, median(reports)));
      }
    }
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Starts a secured server with the demo's events and a database of its own. */
async function startServer(folder) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ["--listen", `127.0.0.1:${port}`, "--database", join(folder, "events.db"), "--admin-dir", ADMIN];
  const child = spawn(BINARY, [...args, "--demo", "--setup-token", TOKEN], { stdio: "ignore" });
  const ended = new Promise((done, fail) => {
    child.once("exit", done);
    child.once("error", fail);
  });
  ended.catch(() => undefined);
  const stop = async () => {
    child.kill();
    await ended;
  };
  const deadline = Date.now() + STARTED_WITHIN_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const answer = await Promise.race([fetch(`${url}/ready`).catch(() => undefined), ended]);
    if (answer?.ok) return { url, stop };
    await sleep(50);
  }
  await stop();
  throw new Error(`${BINARY} does not answer`);
}

async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

/** Sets the server up, and returns the cookie of its first user's session. */
async function signIn(url) {
  const response = await fetch(`${url}/api/v1/setup`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify({ ...USER, token: TOKEN }),
  });
  if (!response.ok) throw new Error(`the set-up was refused: ${response.status} ${await response.text()}`);
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";", 1)[0])
    .join("; ");
}

/** One report of Lighthouse, of a first visit: nothing is in the browser's cache or storage. */
async function measure(address, device, cookie, folder) {
  const file = join(folder, "report.json");
  const args = ["--yes", LIGHTHOUSE, address, "--quiet", "--output=json", `--output-path=${file}`];
  if (device === "desktop") args.push("--preset=desktop");
  args.push("--only-categories=performance,accessibility", "--chrome-flags=--headless=new --no-sandbox --disable-gpu");
  args.push(`--extra-headers=${JSON.stringify({ cookie })}`);
  await run("npx", args, { ...process.env, CHROME_PATH: CHROMIUM });
  const report = JSON.parse(await readFile(file, "utf8"));
  if (report.runtimeError) throw new Error(`${address}: ${report.runtimeError.message}`);
  return report;
}

async function run(program, args, env) {
  const child = spawn(program, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (chunk) => (complaints += chunk));
  const code = await new Promise((done, fail) => {
    child.once("exit", done);
    child.once("error", fail);
  });
  if (code !== 0) throw new Error(`${program} ended with code ${code}:\n${complaints}`);
}

/** The report of median performance. */
function median(reports) {
  const sorted = reports.toSorted((a, b) => a.categories.performance.score - b.categories.performance.score);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function row(device, page, { categories, audits }) {
  const scores = [categories.performance, categories.accessibility].map(({ score }) => Math.round(score * 100));
  const metrics = METRICS.map(([, audit, shown]) => shown(audits[audit].numericValue));
  return `| ${[device, page, ...scores, ...metrics].join(" | ")} |`;
}
