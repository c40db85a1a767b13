import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { extname, join, resolve } from "node:path";
import { build } from "esbuild";
import { Ledger } from "./ledger.js";
import type { Plan } from "./plan.js";
import type { Effect, RoleReport } from "./wire.js";

const PROJECT = resolve(import.meta.dirname, "../../..");
const TYPES: Readonly<Record<string, string>> = { ".js": "text/javascript", ".map": "application/json" };

/** `no_worker`: the page may not start the worker that wakes it. */
export type Policy = "strict" | "no_worker";

const POLICIES: Readonly<Record<Policy, string>> = {
  strict:
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src blob:; img-src 'self'",
  no_worker:
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'none'; img-src 'self'",
};

/** The script of a page, which takes the built package from where it is served. */
async function pageScript(page: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(PROJECT, "tests/chaos/page", `${page}.ts`)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    alias: { "client-event-scheduler": "/dist/index.js" },
    external: ["/dist/index.js"],
  });
  return outputFiles[0]?.text ?? "";
}

/** Serves the page with the built package, and keeps the ledger. */
export class ChaosServer {
  readonly ledger = new Ledger();
  readonly #planned: Promise<Plan>;
  #makeKnown: (plan: Plan) => void = () => undefined;
  /** Cut off: every connection ends, and none is answered. */
  #cut = false;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(
    private readonly policy: Policy,
    private readonly script: string,
    private readonly prelude: string,
  ) {
    this.#planned = new Promise((resolve) => {
      this.#makeKnown = resolve;
    });
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on("connection", (socket) => {
      if (this.#cut) socket.destroy();
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /** `prelude` runs in every page before its own script. */
  static async start(policy: Policy, { page = "page", prelude = "" } = {}): Promise<ChaosServer> {
    const server = new ChaosServer(policy, await pageScript(page), prelude);
    await new Promise<void>((done) => server.#server.listen(0, "127.0.0.1", done));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Tabs that are open wait for this. */
  announce(plan: Plan): void {
    this.#makeKnown(plan);
  }

  cutNetwork(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mendNetwork(): void {
    this.#cut = false;
  }

  async stop(): Promise<void> {
    this.cutNetwork();
    await new Promise((done) => this.#server.close(done));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (request.method === "POST") {
      const body = await text(request).catch(() => null);
      // A request that was cut off, or came afterwards, has had no effect.
      if (body === null || this.#cut) return void request.socket.destroy();
      if (pathname === "/effect") this.ledger.effect(JSON.parse(body) as Effect);
      else this.ledger.role(JSON.parse(body) as RoleReport);
      return void response.writeHead(204).end();
    }
    try {
      const [type, body] = await this.#document(pathname);
      response.writeHead(200, { "content-type": type, "content-security-policy": POLICIES[this.policy] }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  }

  async #document(path: string): Promise<readonly [type: string, body: string | Buffer]> {
    switch (path) {
      case "/":
        return ["text/html", PAGE];
      case "/favicon.ico":
        return ["image/x-icon", ""];
      case "/elsewhere":
        return ["text/html", '<!doctype html><meta charset="utf-8"><title>Elsewhere</title>'];
      case "/prelude.js":
        return ["text/javascript", this.prelude];
      case "/page.js":
        return ["text/javascript", this.script];
      case "/events.json":
        return ["application/json", JSON.stringify((await this.#planned).events)];
      default:
        return [
          TYPES[extname(path)] ?? "application/octet-stream",
          await readFile(join(PROJECT, "pkg", path.replace(/^\/copy/, ""))),
        ];
    }
  }
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>Chaos</title>
<script src="/prelude.js"></script><script type="module" src="/page.js"></script>`;

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
