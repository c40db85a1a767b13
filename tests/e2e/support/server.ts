import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PROJECT = resolve(import.meta.dirname, "../../..");
const BINARY = process.env.CES_SERVER_BIN ?? join(PROJECT, "target/debug/client-event-scheduler-server");
const ADMIN = process.env.CES_ADMIN_DIR ?? join(PROJECT, "www/dist");
const STARTED_WITHIN_MS = 30_000;

/** The real server program with the built admin and a database of its own. */
export class Server {
  readonly url: string;
  #process: ChildProcess | undefined;
  #log = "";

  private constructor(
    private readonly port: number,
    private readonly folder: string,
    private readonly flags: readonly string[],
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /** A server in development mode: open to whoever reaches it. */
  static start(...flags: readonly string[]): Promise<Server> {
    return Server.#start(["--development", ...flags]);
  }

  /** A server that asks everybody to sign in, and that nobody has set up yet. */
  static secured(setupToken: string): Promise<Server> {
    return Server.#start(["--setup-token", setupToken]);
  }

  static async #start(flags: readonly string[]): Promise<Server> {
    const server = new Server(await freePort(), mkdtempSync(join(tmpdir(), "ces-e2e-")), flags);
    await server.resume();
    return server;
  }

  /** Starts the program again with the same port and database. */
  async resume(): Promise<void> {
    const args = ["--listen", `127.0.0.1:${this.port}`, "--database", join(this.folder, "events.db")];
    const child = spawn(BINARY, [...args, "--admin-dir", ADMIN, ...this.flags], {
      cwd: PROJECT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    child.stdout.on("data", (chunk) => (this.#log += chunk));
    child.stderr.on("data", (chunk) => (this.#log += chunk));
    const failure = new Promise<never>((_, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`the server ended with code ${code}:\n${this.#log}`)));
    });
    failure.catch(() => undefined);
    await Promise.race([this.#answering(), failure]);
  }

  /** Ends the program, as a crash or a deployment would; its database stays. */
  async halt(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await ended;
  }

  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Calls an admin route, as a client other than the page would. */
  call(method: string, route: string, body?: unknown): Promise<Record<string, unknown>> {
    return this.ask(method, `/api/v1/admin/events/${route}`, body);
  }

  /** Calls any route. */
  async ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  async #answering(): Promise<void> {
    const deadline = Date.now() + STARTED_WITHIN_MS;
    while (Date.now() < deadline) {
      const answer = await fetch(`${this.url}/ready`).catch(() => undefined);
      if (answer?.ok) return;
      await sleep(25);
    }
    throw new Error(`the server does not answer:\n${this.#log}`);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
  const address = probe.address();
  await new Promise((done) => probe.close(done));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
