import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const WORKSPACE = resolve(import.meta.dirname, "../..");
const PROGRAM = join(WORKSPACE, "pkg/dist/bin/client-event-scheduler.js");

export const FIXTURES = join(import.meta.dirname, "fixtures");
/** A project without sources, for runs that are about something else. */
export const NOTHING = mkdtempSync(join(tmpdir(), "ces-doctor-nothing-"));

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Check {
  readonly name: string;
  readonly verdict: "passed" | "failed" | "not_checked";
  readonly expected: string;
  readonly found: string;
}

/** The report as the doctor prints it with `--json`. */
export interface Report {
  readonly version: string;
  readonly problems: number;
  readonly scan: {
    readonly files: number;
    readonly changes: number;
    readonly suppressed: number;
    readonly unreadable: readonly { readonly file: string }[];
    readonly findings: readonly {
      readonly level: string;
      readonly rule: string;
      readonly file: string;
      readonly line: number;
      readonly column: number;
      readonly message: string;
      readonly fix: string;
    }[];
  };
  readonly lifecycle: readonly Check[];
  readonly feed: { readonly reachable: boolean; readonly checks: readonly Check[] } | null;
}

/** Runs a program to its end. */
export function runProgram(file: string, args: readonly string[], cwd = WORKSPACE): Promise<Run> {
  const { FORCE_COLOR: _, ...env } = process.env;
  return new Promise((done) => {
    execFile(file, [...args], { cwd, env, maxBuffer: 1e8 }, (failure, out, err) => {
      done({ code: failure === null ? 0 : Number(failure.code ?? -1), out, err });
    });
  });
}

/** Runs the built doctor. */
export function doctor(...args: readonly string[]): Promise<Run> {
  return runProgram(process.execPath, [PROGRAM, "doctor", ...args]);
}

export async function report(...args: readonly string[]): Promise<Report & { readonly code: number }> {
  const { code, out, err } = await doctor("--json", ...args);
  if (out === "") {
    throw new Error(`the doctor has printed nothing (code ${code}): ${err}`);
  }
  return { ...(JSON.parse(out) as Report), code };
}
