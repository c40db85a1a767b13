import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { COMPETITORS } from "../competitors/index.mjs";
import { serve } from "./server.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ARGUMENTS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
  "--js-flags=--expose-gc",
];

/** Runs each competitor in a page with a renderer process of its own. */
export class ChromiumEnvironment {
  name = "chromium";
  version;
  #browser;
  #server;

  /**
   * Starts the browser and serves the pages of these competitors.
   *
   * @param {string} bodies the folder with one response body per size
   * @param {string[]} competitors
   */
  static async start(bodies, competitors) {
    const environment = new ChromiumEnvironment();
    const scripts = await Promise.all(competitors.map(async (name) => [name, await bundle(name)]));
    environment.#server = await serve({ bodies, bundles: new Map(scripts) });
    await environment.#launch();
    environment.version = environment.#browser.version();
    return environment;
  }

  /** Opens a page for a competitor. Contexts never share a renderer, so neither do heaps and compiled code. */
  async open(competitor) {
    const context = await this.#browser.newContext();
    const page = await context.newPage();
    const failures = [];
    page.on("pageerror", (error) => failures.push(error.stack));
    await page.goto(`${this.#server.origin}/pages/${competitor}`);
    if (failures.length > 0) throw new Error(failures.join("\n"));
    return new PageSubject(this.#browser, context, page);
  }

  /** Starts a new browser, so that no process has a past. */
  async restart() {
    await this.#browser.close();
    await this.#launch();
  }

  async close() {
    await this.#browser.close();
    await this.#server.close();
  }

  async #launch() {
    const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
    this.#browser = await chromium.launch({ executablePath, args: ARGUMENTS, ignoreDefaultArgs: ["--headless=old"] });
  }
}

/** The methods of `Subject`, carried out in a page. */
class PageSubject {
  #browser;
  #context;
  #page;

  constructor(browser, context, page) {
    this.#browser = browser;
    this.#context = context;
    this.#page = page;
  }

  call(method, ...args) {
    return this.#page.evaluate(([name, list]) => globalThis.call(name, list), [method, args]);
  }

  /** All renderers: which of them shows the page is seen from what grows. */
  async processes() {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await session.detach();
    return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  }

  /** What is left after a collection, in bytes: the JavaScript heap, array buffers and WebAssembly memory. */
  async kept() {
    const session = await this.#context.newCDPSession(this.#page);
    await session.send("HeapProfiler.collectGarbage");
    const usage = await session.send("Runtime.getHeapUsage");
    await session.detach();
    return usage.usedSize + (usage.backingStorageSize ?? 0) + (await this.call("wasmBytes"));
  }

  async close() {
    await this.#context.close();
  }
}

/** One script with the competitor and everything that it needs. */
async function bundle(name) {
  const competitor = JSON.stringify(fileURLToPath(COMPETITORS[name]));
  const contents = `import * as competitor from ${competitor}; import { install } from "./page.mjs"; install(competitor);`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: HERE, sourcefile: `${name}.mjs` },
    bundle: true,
    format: "iife",
    target: "chrome120",
    platform: "browser",
    minify: false,
    write: false,
  });
  return outputFiles[0].text;
}
