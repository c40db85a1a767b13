import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { doctor, FIXTURES, report } from "./doctor.js";

const PROJECTS = readdirSync(FIXTURES, { withFileTypes: true }).filter((entry) => entry.isDirectory());

describe("the sources of a project", () => {
  it.concurrent.each(PROJECTS.map(({ name }) => name))("%s: what is found is what is expected", async (name) => {
    const folder = join(FIXTURES, name);
    const { scan, code, problems } = await report("--project", folder);
    const found = {
      files: scan.files,
      changes: scan.changes,
      suppressed: scan.suppressed,
      unreadable: scan.unreadable.map(({ file }) => file),
      findings: scan.findings.map(({ level, rule, file, line, column, message, fix }) => ({
        level,
        rule,
        place: `${file}:${line}:${column}`,
        message,
        fix,
      })),
    };
    expect(found).toEqual(JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")));
    expect(problems).toBe(found.findings.filter(({ level }) => level !== "info").length);
    expect(code).toBe(problems === 0 ? 0 : 1);
  });

  it("are named with file, line, column and the call to add", async () => {
    const { out } = await doctor("--project", join(FIXTURES, "plain-fetch"));
    expect(out).toContain("error  src/api.js:6:26  change-not-told");
    expect(out).toContain("fix: call `addEventToScheduler(event)`");
    expect(out).toContain("3 errors, 0 warnings, 0 info; 1 silenced by comments");
    expect(out).not.toContain("\u001b");
  });

  it("are looked into once, however many of their functions call each other", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ces-doctor-"));
    mkdirSync(join(folder, "src"));
    const names = Array.from({ length: 40 }, (_, number) => `step${number}`);
    const calls = names.map((name) => `${name}()`).join("; ");
    const steps = names.map((name) => `export function ${name}() { ${calls}; }`);
    const change = `export async function save(event) { await fetch("/api/events", { method: "POST", body: event }); ${calls}; }`;
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(join(folder, "src/steps.js"), [...steps, change].join("\n"));
    try {
      const { scan } = await report("--project", folder);
      expect(scan.findings.map(({ rule }) => rule)).toEqual(["change-not-told"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("of our own admin are without a finding", async () => {
    const { scan, code } = await report("--project", join(FIXTURES, "../../../www"));
    expect(scan.findings).toEqual([]);
    expect(scan.changes).toBeGreaterThanOrEqual(5);
    expect(code).toBe(0);
  });
});
