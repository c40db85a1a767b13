import { mkdirSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { build } from "esbuild";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launchBrowser, newProfile } from "../e2e/support/browser.js";

const FIXTURES = resolve(import.meta.dirname, "fixtures");
const ARTIFACTS = resolve(import.meta.dirname, "../artifacts");

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

/** The application of `fixtures/`, built and served, and a browser to open it in. */
export class Application {
  private constructor(
    private readonly folder: string,
    private readonly server: Server,
    readonly browser: Browser,
  ) {}

  static async start(): Promise<Application> {
    const folder = await mkdtemp(join(tmpdir(), "ces-devtools-"));
    await build({
      entryPoints: [join(FIXTURES, "page.tsx")],
      outdir: folder,
      bundle: true,
      format: "esm",
      target: "es2022",
      jsx: "automatic",
      define: { "process.env.NODE_ENV": '"development"' },
      logLevel: "warning",
    });
    await copyFile(join(FIXTURES, "index.html"), join(folder, "index.html"));
    return new Application(folder, await serve(folder), await launchBrowser());
  }

  /** Opens the page in a profile of its own, and answers it once the scheduler runs. Errors of the page fail the test. */
  async open(query: string, options: BrowserContextOptions = {}): Promise<Page> {
    const profile = await newProfile(this.browser, options);
    const page = await profile.newPage();
    page.on("pageerror", (error) => {
      throw error;
    });
    const { port } = this.server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/?${query}`);
    await page.locator("client-event-scheduler-inspector").waitFor({ state: "attached" });
    return page;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`), animations: "disabled" });
}

async function serve(folder: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = pathname === "/" ? "/index.html" : pathname;
    try {
      const body = await readFile(join(folder, path));
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}
