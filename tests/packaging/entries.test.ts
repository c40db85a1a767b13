import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Consumer } from "./consumer.js";

describe("in Node", () => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await Consumer.install("node");
  });
  afterAll(() => consumer.remove());

  it("every entry can be imported, in a worker and for server rendering too", async () => {
    expect(await consumer.node("main.mjs")).toContain("works in a worker too");
    expect(await consumer.node("slim.mjs")).toContain("slim works");
  });

  it("vitest runs an application's tests that use it", async () => {
    expect(await consumer.tool("vitest", "run")).toMatch(/Tests\s+1 passed/);
  });

  it("the tests that the README shows pass as they stand there", async () => {
    const readme = await readFile(join(consumer.folder, "node_modules/client-event-scheduler/README.md"), "utf8");
    const blocks = [...readme.matchAll(/^```(tsx?)\n(.*?)^```$/gms)].map(([, language, code = ""]) => ({
      language,
      code,
    }));
    const tests = blocks.filter(({ code }) => code.includes('from "vitest"'));
    expect(tests).toHaveLength(3);
    for (const [i, { language, code }] of tests.entries()) {
      await writeFile(join(consumer.folder, `readme-${i}.test.${language}`), code);
    }
    expect(await consumer.tool("vitest", "run", "readme-")).toMatch(/Tests\s+3 passed/);
  });

  it("the tarball holds what it must and nothing else", async () => {
    const folder = "node_modules/client-event-scheduler";
    const names = [...(await consumer.files(folder)).keys()].map((file) =>
      file.slice(file.indexOf(folder) + folder.length + 1),
    );
    const outside = names.filter((name) => !/^(dist|src)\//.test(name)).sort();
    expect(outside).toEqual([
      "LICENSE-APACHE",
      "LICENSE-MIT",
      "README.md",
      "client-event-scheduler-insight.wasm",
      "client-event-scheduler-recurrence.wasm",
      "client-event-scheduler.wasm",
      "package.json",
    ]);
    expect(names).toEqual(
      expect.arrayContaining([
        "dist/index.js",
        "dist/slim.js",
        "dist/react.js",
        "dist/testing.js",
        "dist/types/index.d.ts",
      ]),
    );
    expect(names.filter((name) => name.includes(".test."))).toEqual([]);
  });
});

describe("the types", () => {
  let consumer: Consumer;

  beforeAll(async () => {
    consumer = await Consumer.install("types");
  });
  afterAll(() => consumer.remove());

  it.each([
    ["bundler", "ESNext"],
    ["node16", "Node16"],
    ["nodenext", "NodeNext"],
  ])("hold in strict code with moduleResolution %s, libraries checked", async (moduleResolution, module) => {
    const options = [
      "--strict",
      "--noUncheckedIndexedAccess",
      "--exactOptionalPropertyTypes",
      "--skipLibCheck",
      "false",
    ];
    const target = ["--target", "ES2022", "--lib", "ES2022,DOM,DOM.Iterable", "--jsx", "react-jsx", "--types", ""];
    const modules = ["--module", module, "--moduleResolution", moduleResolution, "--noEmit"];
    expect(await consumer.tool("tsc", ...options, ...target, ...modules, "consumer.tsx")).toBe("");
  });
});
