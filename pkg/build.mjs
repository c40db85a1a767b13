// Builds dist/ from src/ and wasm/. `cargo xtask wasm` makes wasm/.

import { execFile } from "node:child_process";
import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { esbuildWasmText } from "./scripts/wasm-text.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const require = createRequire(import.meta.url);
const { version } = JSON.parse(await readFile(here("package.json"), "utf8"));

/** `/testing` imports the default entry as it is: what pages load is not cut into other pieces because of it. */
const testsUseTheEntry = {
  name: "tests-use-the-entry",
  setup(context) {
    context.onResolve({ filter: /^\.\.\/index\.js$/ }, ({ importer }) =>
      dirname(importer) === here("src/testing") ? { path: "./index.js", external: true } : undefined,
    );
  },
};

await rm(here("dist"), { recursive: true, force: true });
await Promise.all([bundle(), declarations(), copies()]);
await keepDirective("react.js");
await keepDirective("devtools.js");
await complete();

/** Names of the files in dist/, and what each is made from. */
function entries() {
  return {
    index: "src/index.ts",
    slim: "src/slim.ts",
    react: "src/react/index.ts",
    integrations: "src/integrations/index.ts",
    transports: "src/transports/index.ts",
    testing: "src/testing/index.ts",
    devtools: "src/devtools/index.ts",
  };
}

/** One module graph for all entries: `/react` must meet the same classes and the same default scheduler as `.`. */
async function bundle() {
  const { metafile } = await build({
    absWorkingDir: here("."),
    entryPoints: entries(),
    outdir: "dist",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["import"],
    target: "es2022",
    external: ["react", "react-dom"],
    chunkNames: "chunks/[name]-[hash]",
    define: { __PACKAGE_VERSION__: JSON.stringify(version) },
    plugins: [esbuildWasmText, testsUseTheEntry],
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  await bundledLicences({ ...metafile.inputs, ...(await command()) });
}

/** The command line, apart from the rest: it must not change how that is split. It runs the package as it is installed. */
async function command() {
  const { metafile } = await build({
    absWorkingDir: here("."),
    entryPoints: { "bin/client-event-scheduler": "src/bin/client-event-scheduler.ts" },
    outdir: "dist",
    bundle: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    target: "node20",
    define: { __PACKAGE_VERSION__: JSON.stringify(version) },
    plugins: [
      {
        name: "installed-package",
        setup: ({ onResolve }) => onResolve({ filter: /^\.\.\/index\.js$/ }, ({ path }) => ({ path, external: true })),
      },
    ],
    minify: true,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  return metafile.inputs;
}

async function declarations() {
  await promisify(execFile)(process.execPath, [
    join(dirname(require.resolve("typescript/package.json")), "bin/tsc"),
    "--project",
    here("tsconfig.build.json"),
  ]).catch((failure) => {
    throw new Error(`the declarations cannot be made:\n${failure.stdout}`);
  });
}

async function copies() {
  await copyFile(here("wasm/client_event_scheduler_bg.wasm"), here("client-event-scheduler.wasm"));
  for (const part of ["insight", "recurrence"]) {
    await copyFile(here(`wasm/client_event_scheduler_${part}.wasm`), here(`client-event-scheduler-${part}.wasm`));
  }
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) {
    await copyFile(here(`../${name}`), here(name));
  }
}

/** The licences of the packages whose code is in the bundle ask for it. */
async function bundledLicences(inputs) {
  const names = Object.keys(inputs).map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]);
  const texts = [...new Set(names.filter((name) => name !== undefined))].sort().map(async (name) => {
    const folder = dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)));
    return `${name}\n\n${await readFile(join(folder, "LICENSE"), "utf8")}`;
  });
  await writeFile(here("dist/third-party-licences.txt"), (await Promise.all(texts)).join("\n\n"));
}

/** Bundlers that know React's server components look for the directive in the first line of the entry. */
async function keepDirective(name) {
  const entry = here(`dist/${name}`);
  const text = await readFile(entry, "utf8");
  const directive = '"use client";';
  // A bare import of a chunk keeps side effects in order, of which there are none here; esbuild warns applications of it.
  const rest = text.replace(directive, "").replaceAll(/import"\.\/chunks\/[^"]+";/g, (bare) => " ".repeat(bare.length));
  await writeFile(entry, directive + rest);
}

async function complete() {
  const names = await readdir(here("dist"));
  if (![...Object.keys(entries()).map((name) => `${name}.js`), "bin", "types"].every((name) => names.includes(name))) {
    throw new Error(`dist/ is not complete: ${names.join(", ")}`);
  }
}
