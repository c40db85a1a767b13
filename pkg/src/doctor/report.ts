/** How much a finding matters: an error loses triggers, a warning may, an info is worth knowing. */
export type Level = "error" | "warning" | "info";

/** Something in the sources. */
export interface Finding {
  readonly level: Level;
  /** Stable name of the rule. */
  readonly rule: string;
  /** Below the project's folder, with forward slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** What was found. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

/** A check that was made of the package or of a back end. */
export interface Check {
  readonly name: string;
  readonly verdict: "passed" | "failed" | "not_checked";
  /** What must be so. */
  readonly expected: string;
  /** What is so, or why it was not looked at. */
  readonly found: string;
}

/** What the scan of a project has shown. */
export interface ScanReport {
  readonly project: string;
  readonly files: number;
  /** Files that could not be read as JavaScript, with the reason. */
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
  /** Calls that change events. */
  readonly changes: number;
  /** Findings that a comment silences. */
  readonly suppressed: number;
  readonly findings: readonly Finding[];
}

/** Everything that the doctor says. */
export interface Report {
  readonly version: string;
  readonly node: string;
  readonly scan: ScanReport | null;
  readonly lifecycle: readonly Check[];
  readonly feed: { readonly url: string; readonly reachable: boolean; readonly checks: readonly Check[] } | null;
  readonly problems: number;
}

/** Errors and warnings of the scan, and failed checks. */
export function countProblems({ scan, lifecycle, feed }: Omit<Report, "problems">): number {
  const findings = scan?.findings.filter(({ level }) => level !== "info").length ?? 0;
  const failed = [...lifecycle, ...(feed?.checks ?? [])].filter(({ verdict }) => verdict === "failed").length;
  return findings + failed;
}

const COLOURS = { error: 31, warning: 33, info: 36, failed: 31, passed: 32, not_checked: 90 } as const;
const WORDS = { passed: "ok", failed: "FAILED", not_checked: "-" } as const;

/** The report for people. */
export function reportText(report: Report, coloured: boolean): string {
  const paint = (text: string, kind: keyof typeof COLOURS): string =>
    coloured ? `\u001b[${COLOURS[kind]}m${text}\u001b[0m` : text;
  const lines = [`client-event-scheduler ${report.version}, Node ${report.node}`];
  const { scan, lifecycle, feed, problems } = report;
  if (scan !== null) {
    lines.push(
      "",
      `Sources of ${scan.project}: ${count(scan.files, "file")}, ${count(scan.changes, "call")} that change events`,
    );
    for (const { level, rule, file, line, column, message, fix } of scan.findings) {
      lines.push(
        "",
        `  ${paint(level, level)}  ${file}:${line}:${column}  ${rule}`,
        `    ${message}`,
        `    fix: ${fix}`,
      );
    }
    for (const { file, reason } of scan.unreadable) {
      lines.push(`  not read: ${file}: ${reason}`);
    }
    lines.push("", `  ${summary(scan)}`);
  }
  const tables: [string, readonly Check[]][] = [["The package in Node", lifecycle]];
  if (feed !== null) {
    tables.push([`The back end at ${feed.url}`, feed.checks]);
  }
  for (const [title, checks] of tables.filter(([, rows]) => rows.length > 0)) {
    const width = Math.max(...checks.map(({ name }) => name.length));
    lines.push("", title);
    for (const { name, verdict, expected, found } of checks) {
      const word = paint(WORDS[verdict].padEnd(6), verdict);
      lines.push(`  ${word}  ${name.padEnd(width)}  ${verdict === "failed" ? "" : found}`.trimEnd());
      if (verdict === "failed") {
        lines.push(`          expected: ${expected}`, `          came:     ${found}`);
      }
    }
  }
  const verdict = problems === 0 ? "No problems found." : `${count(problems, "problem")} found.`;
  lines.push("", paint(verdict, problems === 0 ? "passed" : "failed"));
  return `${lines.join("\n")}\n`;
}

function summary({ findings, suppressed }: ScanReport): string {
  const of = (level: Level): number => findings.filter((finding) => finding.level === level).length;
  const silenced = suppressed === 0 ? "" : `; ${suppressed} silenced by comments`;
  return `${count(of("error"), "error")}, ${count(of("warning"), "warning")}, ${of("info")} info${silenced}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
