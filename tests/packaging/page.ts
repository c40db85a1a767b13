import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

/** What a page has left behind. */
export interface PageReport {
  /** What it has put into `globalThis.__RESULT__`. */
  readonly result: unknown;
  /** Lines of the console, with their level. */
  readonly console: readonly string[];
}

/** Serves built pages and opens them in a real browser. */
export class PageRunner {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<PageRunner> {
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic"],
    });
    return new PageRunner(browser);
  }

  /** Opens `index.html` of a folder, or a page that loads the scripts, and waits for its result. */
  open(folder: string, scripts?: readonly string[]): Promise<PageReport> {
    return this.visit(
      folder,
      async (page) => {
        await page.waitForFunction("globalThis.__RESULT__ !== undefined", undefined, { timeout: 20_000 });
        return page.evaluate("globalThis.__RESULT__");
      },
      scripts,
    );
  }

  /** Opens it, and reports what `use` answers. */
  async visit(folder: string, use: (page: Page) => Promise<unknown>, scripts?: readonly string[]): Promise<PageReport> {
    const server = await serve(folder, scripts);
    const page = await this.#browser.newPage();
    const lines: string[] = [];
    page.on("console", (message) => lines.push(`${message.type()} ${message.text()}`));
    page.on("pageerror", (error) => lines.push(`uncaught ${error.message}`));
    try {
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      return { result: await use(page), console: lines };
    } catch (failure) {
      throw new Error(`the page has given no result; its console:\n${lines.join("\n")}`, { cause: failure });
    } finally {
      await page.close();
      server.close();
    }
  }

  async stop(): Promise<void> {
    await this.#browser.close();
  }
}

async function serve(folder: string, scripts: readonly string[] | undefined): Promise<Server> {
  const tags = scripts?.map((script) => `<script src="${script}"></script>`).join("");
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = pathname === "/" ? "/index.html" : pathname;
    try {
      const body =
        path === "/index.html" && tags !== undefined
          ? `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><body><div id="root"></div>${tags}`
          : await readFile(join(folder, path));
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
