import type { Check } from "../report.js";

/** Collects what was checked. */
export class Checks {
  readonly all: Check[] = [];

  /** Says whether `holds`; `expected` and `found` are for people. */
  that(name: string, holds: boolean, expected: string, found: string): boolean {
    this.all.push({ name, verdict: holds ? "passed" : "failed", expected, found });
    return holds;
  }

  notChecked(name: string, why: string): void {
    this.all.push({ name, verdict: "not_checked", expected: "", found: why });
  }
}

export type Json = { readonly [name: string]: unknown };

export function objectOf(json: unknown): Json | null {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Json) : null;
}

/** A value in a few words: answers can be long. */
export function brief(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 157)}…` : text;
}

/** `{epoch}.{seq}` */
export function cursorParts(cursor: unknown): { readonly epoch: string; readonly seq: number } | null {
  const match = typeof cursor === "string" ? /^(.+)\.(\d+)$/.exec(cursor) : null;
  return match === null ? null : { epoch: match[1] as string, seq: Number(match[2]) };
}
