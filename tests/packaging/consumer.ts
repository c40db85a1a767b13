import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const workspace = resolve(here, "../..");

/** What an application has besides the package; taken from the workspace instead of being downloaded again. */
const LENT_PACKAGES = [
  "vite",
  "@vitejs/plugin-react",
  "react",
  "react-dom",
  "scheduler",
  "vitest",
  "happy-dom",
  "@types/react",
  "@types/react-dom",
  "csstype",
];

let tarball: Promise<string> | undefined;

/** The packed package: the file that `CES_TARBALL` names, or one that is packed now. */
function packed(): Promise<string> {
  tarball ??= process.env.CES_TARBALL === undefined ? pack() : Promise.resolve(process.env.CES_TARBALL);
  return tarball;
}

async function pack(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ces-tarball-"));
  await run("npm", ["pack", "--workspace", "pkg", "--pack-destination", folder], { cwd: workspace });
  const [file] = await readdir(folder);
  if (file === undefined) {
    throw new Error("npm pack made no tarball");
  }
  return join(folder, file);
}

/** An application outside the workspace that has installed the tarball and nothing of the workspace's settings. */
export class Consumer {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes one from a folder below `fixtures`. */
  static install(fixture: string): Promise<Consumer> {
    return Consumer.#installAt(join(here, "fixtures", fixture));
  }

  /** Makes one from a folder below `examples`. */
  static installExample(example: string): Promise<Consumer> {
    return Consumer.#installAt(join(workspace, "examples", example));
  }

  static async #installAt(source: string): Promise<Consumer> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "ces-consumer-")));
    await cp(source, folder, { recursive: true, filter: (path) => !/[\\/](node_modules|dist)$/.test(path) });
    const manifest = { name: "consumer", version: "1.0.0", private: true, type: "module" };
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
    await run("npm", ["install", "--offline", "--no-audit", "--no-fund", "--legacy-peer-deps", await packed()], {
      cwd: folder,
    });
    for (const name of LENT_PACKAGES) {
      const link = join(folder, "node_modules", name);
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(workspace, "node_modules", name), link);
    }
    return new Consumer(folder);
  }

  /** Runs a program of the workspace in the consumer's folder, and answers what it has printed. */
  async tool(name: string, ...args: readonly string[]): Promise<string> {
    return this.#run(join(workspace, "node_modules/.bin", name), args);
  }

  /** Runs a script of the consumer. */
  async node(...args: readonly string[]): Promise<string> {
    return this.#run(process.execPath, args);
  }

  async #run(program: string, args: readonly string[]): Promise<string> {
    // The test runner's own settings are none of the application's.
    const { NODE_ENV: _, FORCE_COLOR: __, ...env } = process.env;
    const options = { cwd: this.folder, env: { ...env, NO_COLOR: "1" } };
    const { stdout, stderr } = await run(program, args, options).catch((failure) => {
      throw new Error(`${program} ${args.join(" ")} has failed:\n${failure.stdout}\n${failure.stderr}`);
    });
    return stdout + stderr;
  }

  /** Paths and contents of the files below `folder`. */
  async files(folder: string): Promise<ReadonlyMap<string, Buffer>> {
    const entries = await readdir(join(this.folder, folder), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return new Map(await Promise.all(files.map(async (file) => [file, await readFile(file)] as const)));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
