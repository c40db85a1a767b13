import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { HELP, readArguments, type Wishes, WrongUsage } from "./arguments.js";
import { checkFeed } from "./feed/check-feed.js";
import { checkLifecycle, type InstalledPackage } from "./lifecycle.js";
import { countProblems, type Report, reportText } from "./report.js";
import { scanProject } from "./scan/scan.js";

/** Where the command writes to, and where it gets the package from. */
export interface Surroundings {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly coloured: boolean;
  readonly load: () => Promise<InstalledPackage>;
  /** The bare module of the package. */
  readonly module: () => Promise<Uint8Array>;
}

const FINE = 0;
const PROBLEMS = 1;
const COULD_NOT_RUN = 2;

/** The command line; answers the exit code. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out, err } = surroundings;
  const [command, ...rest] = args;
  try {
    if (command === "--version" || command === "-v") {
      out(`${(await surroundings.load()).VERSION}\n`);
      return FINE;
    }
    if (args.length === 0 || args.includes("--help") || args.includes("-h") || command === "help") {
      out(HELP);
      return args.length === 0 ? COULD_NOT_RUN : FINE;
    }
    if (command !== "doctor") {
      throw new WrongUsage(`there is no command \`${command}\``);
    }
    return await examine(readArguments(rest), surroundings);
  } catch (thrown) {
    const hint = thrown instanceof WrongUsage ? "; see client-event-scheduler --help" : "";
    err(`client-event-scheduler: ${thrown instanceof Error ? thrown.message : String(thrown)}${hint}\n`);
    return COULD_NOT_RUN;
  }
}

async function examine(wishes: Wishes, { out, coloured, load, module }: Surroundings): Promise<number> {
  const project = resolve(wishes.project);
  const found = await stat(project).catch(() => null);
  if (found?.isDirectory() !== true) {
    throw new WrongUsage(`there is no folder ${wishes.project}`);
  }
  const installed = await load();
  const examined = {
    version: installed.VERSION,
    node: process.versions.node,
    scan: await scanProject(project),
    lifecycle: await checkLifecycle(installed),
    feed:
      wishes.url === null ? null : { url: wishes.url, ...(await checkFeed({ ...wishes, url: wishes.url }, module)) },
  };
  const report: Report = { ...examined, problems: countProblems(examined) };
  out(wishes.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, coloured));
  if (report.feed?.reachable === false) {
    return COULD_NOT_RUN;
  }
  return report.problems === 0 ? FINE : PROBLEMS;
}
