import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Consumer } from "./consumer.js";
import { type PageReport, PageRunner } from "./page.js";

/** How each bundler builds an application that has no configuration, and where the result is. */
const BUNDLERS = {
  vite: { build: ["vite", "build"], output: "dist", scripts: undefined },
  webpack: { build: ["webpack", "--mode", "production"], output: "dist", scripts: ["main.js"] },
  esbuild: {
    build: ["esbuild", "src/index.js", "--bundle", "--minify", "--format=iife", "--outfile=dist/main.js"],
    output: "dist",
    scripts: ["main.js"],
  },
} as const;
type Bundler = keyof typeof BUNDLERS;

let runner: PageRunner;

beforeAll(async () => {
  runner = await PageRunner.start();
});
afterAll(() => runner.stop());

/** Builds a fixture and answers the consumer. */
async function built(fixture: string, bundler: Bundler): Promise<Consumer> {
  const consumer = await Consumer.install(fixture);
  const [program, ...args] = BUNDLERS[bundler].build;
  await consumer.tool(program, ...args);
  return consumer;
}

function open(consumer: Consumer, bundler: Bundler): Promise<PageReport> {
  const { output, scripts } = BUNDLERS[bundler];
  return runner.open(join(consumer.folder, output), scripts);
}

const problems = ({ console }: PageReport): readonly string[] =>
  console.filter((line) => /^(error|warning|uncaught)/.test(line));

describe.each(["vite", "webpack", "esbuild"] as const)("built by %s without any configuration", (bundler) => {
  it("the default entry runs, with the module once in it and no file beside it", async () => {
    const consumer = await built("page", bundler);
    const report = await open(consumer, bundler);
    expect(report.result).toEqual({ outcome: "added", next: "event_start", running: true, triggersQueued: 2 });
    expect(problems(report)).toEqual([]);
    const files = await consumer.files("dist");
    expect([...files.keys()].filter((name) => name.endsWith(".wasm"))).toEqual([]);
    const shipped = [...files.values()].reduce((bytes, file) => bytes + file.length, 0);
    const module = await consumer.files("node_modules/client-event-scheduler/dist");
    const entry = module.get(join(consumer.folder, "node_modules/client-event-scheduler/dist/index.js"))?.length ?? 0;
    // With the parts that are loaded later; a second copy of the module would make it two and a half times the entry.
    expect(shipped).toBeLessThan(2 * entry);
    await consumer.remove();
  });

  it("the React entry runs, in StrictMode", async () => {
    const consumer = await built("react", bundler);
    const report = await open(consumer, bundler);
    expect(report.result).toEqual({
      status: "upcoming",
      sub_status: "registration_not_required",
      minutes: 1,
      done: false,
      running: true,
    });
    expect(problems(report)).toEqual([]);
    await consumer.remove();
  });
});

describe.each(["vite", "webpack"] as const)("the slim entry, built by %s", (bundler) => {
  it("loads each part of the module from its file, and carries no second copy", async () => {
    const consumer = await built(`slim-${bundler}`, bundler);
    const report = await open(consumer, bundler);
    const sentence = "draft is a draft: it has no triggers before it has both a start and an end.";
    expect(report.result).toEqual({ outcome: "added", eventsTracked: 1, sentence, description: "every week" });
    expect(problems(report)).toEqual([]);
    const files = await consumer.files("dist");
    expect([...files.keys()].filter((name) => name.endsWith(".wasm"))).toHaveLength(3);
    const scripts = [...files].filter(([name]) => name.endsWith(".js")).map(([, bytes]) => bytes.length);
    expect(Math.max(...scripts)).toBeLessThan(150_000);
    await consumer.remove();
  });
});

describe("two copies on one page", () => {
  it("share one scheduler, and a warning names both versions", async () => {
    const consumer = await built("page", "esbuild");
    const report = await runner.open(join(consumer.folder, "dist"), ["main.js", "main.js?again"]);
    const warnings = problems(report);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/several copies of the package: \d+\.\d+\.\d+ and \d+\.\d+\.\d+/);
    await consumer.remove();
  });
});
