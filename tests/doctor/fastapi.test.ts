import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { NOTHING, report } from "./doctor.js";

const EXAMPLE = resolve(import.meta.dirname, "../../examples/fastapi-feed");
/** A Python with the packages of the example: the stage `doctor` makes it. */
const PYTHON = process.env.CES_FASTAPI_PYTHON ?? "";
const STARTED_WITHIN_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), "ces-fastapi-"));
let program: ChildProcess;
let url = "";
let log = "";

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}

beforeAll(async () => {
  expect(PYTHON, "CES_FASTAPI_PYTHON").not.toBe("");
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  program = spawn(PYTHON, ["-B", "-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", String(port)], {
    cwd: EXAMPLE,
    env: { ...process.env, DATABASE: join(folder, "events.db") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  program.stdout?.on("data", (chunk) => (log += chunk));
  program.stderr?.on("data", (chunk) => (log += chunk));
  await vi.waitFor(async () => expect((await fetch(`${url}/api/v1/scheduler/snapshot`)).status, log).toBe(200), {
    timeout: STARTED_WITHIN_MS,
    interval: 100,
  });
});
afterAll(async () => {
  const ended = new Promise((done) => program?.once("exit", done));
  program?.kill("SIGKILL");
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

async function send(method: string, path: string, body?: object): Promise<void> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await fetch(`${url}/api/events${path}`, { method, ...init });
  expect(response.status, await response.text()).toBeLessThan(300);
}

it("the FastAPI example keeps the contract, with events of every kind", async () => {
  const dates = { start_datetime: "2090-03-26T09:00:00Z", end_datetime: "2090-03-26T18:00:00Z" };
  const events = [
    { event_id: "plain", ...dates },
    {
      event_id: "local",
      timezone: "Europe/Berlin",
      start_datetime: "2090-07-01T09:00",
      end_datetime: "2090-07-01T18:00",
    },
    { event_id: "certificates", ...dates, certificate_end_date: "2090-05-01T00:00:00Z" },
    { event_id: "waiting", ...dates, event_approval_status: "pending_approval" },
    { event_id: "required", ...dates, approval_required: true },
    { event_id: "off", ...dates, status: "cancelled" },
    { event_id: "draft", start_datetime: dates.start_datetime },
    { event_id: "gone", ...dates },
  ];
  for (const event of events) {
    await send("POST", "", event);
  }
  await send("DELETE", "/gone");
  await send("PUT", "/plain", { ...dates, registration_start_date: "2090-01-01T00:00:00+05:30" });
  const writing = [
    "--create",
    "POST /api/events",
    "--update",
    "PUT /api/events/{event_id}",
    "--delete",
    "DELETE /api/events/{event_id}",
  ];
  const { code, feed } = await report("--project", NOTHING, "--url", url, "--wait", "--write", ...writing);
  const open = (feed?.checks ?? []).filter(({ verdict, name }) => verdict !== "passed" && !name.includes("watermark"));
  expect(open).toEqual([]);
  expect(feed?.checks.length).toBeGreaterThan(20);
  expect(code).toBe(0);
});
