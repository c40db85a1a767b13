import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";

const SOURCES = /\.(?:[cm]?[jt]sx?|vue|svelte)$/;
/** Tests, stories and declarations change no events of users. */
const NOT_SHIPPED = /\.(?:test|tests|spec|stories|cy|e2e|bench|config)\.[^.]+$|\.d\.[cm]?ts$|\.min\.[cm]?js$/;
const LEFT_OUT = new Set(
  [
    "node_modules",
    "dist",
    "build",
    "out",
    "coverage",
    "vendor",
    "public",
    "__tests__",
    "__mocks__",
    "test",
    "tests",
  ].concat(["e2e", "cypress", "playwright", "stories", "storybook-static"]),
);
/** Larger ones are generated. */
const MOST_BYTES = 1_000_000;

/** One file of a project. */
export interface SourceFile {
  /** Below the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** The sources of a project: what git ignores, tests, and what was built are left out. */
export async function sourceFiles(project: string): Promise<readonly SourceFile[]> {
  const found: SourceFile[] = [];
  await collect(project, project, [], found);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface IgnoreRule {
  readonly pattern: RegExp;
  readonly negated: boolean;
}

async function collect(
  project: string,
  folder: string,
  inherited: readonly IgnoreRule[],
  found: SourceFile[],
): Promise<void> {
  const rules = [...inherited, ...(await ignoreRules(project, folder))];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const full = join(folder, entry.name);
    const path = relative(project, full).split(sep).join("/");
    if (entry.isDirectory()) {
      if (!entry.name.startsWith(".") && !LEFT_OUT.has(entry.name) && !ignored(`${path}/`, rules)) {
        await collect(project, full, rules, found);
      }
    } else if (entry.isFile() && SOURCES.test(entry.name) && !NOT_SHIPPED.test(entry.name) && !ignored(path, rules)) {
      const text = await readFile(full, "utf8");
      if (text.length <= MOST_BYTES) {
        found.push({ path, text });
      }
    }
  }
}

function ignored(path: string, rules: readonly IgnoreRule[]): boolean {
  return rules.reduce((verdict, { pattern, negated }) => (pattern.test(path) ? !negated : verdict), false);
}

/** The usual forms of `.gitignore`: names, paths, `*`, `**`, `?`, a final slash, `!`. */
async function ignoreRules(project: string, folder: string): Promise<readonly IgnoreRule[]> {
  const text = await readFile(join(folder, ".gitignore"), "utf8").catch(() => "");
  const base = relative(project, folder).split(sep).join("/");
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => ignoreRule(line, base));
}

function ignoreRule(line: string, base: string): IgnoreRule {
  const negated = line.startsWith("!");
  const bare = negated ? line.slice(1) : line;
  const folderOnly = bare.endsWith("/");
  const name = bare.replace(/^\/|\/$/g, "");
  const anchored = bare.startsWith("/") || name.includes("/");
  const body = name
    .split(/(\*\*\/?|\*|\?)/)
    .map((part) => ({ "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" })[part] ?? literal(part))
    .join("");
  const start = `^${base === "" ? "" : `${literal(base)}/`}${anchored ? "" : "(?:.*/)?"}`;
  return { pattern: new RegExp(`${start}${body}${folderOnly ? "/" : "(?:/|$)"}`), negated };
}

function literal(text: string): string {
  return text.replace(/[.+^${}()|[\]\\]/g, "\\$&");
}
