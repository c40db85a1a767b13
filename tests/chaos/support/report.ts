import { groupBy } from "./group.js";
import type { Outcome } from "./laws.js";

/** One cause tends to show many times. */
const MOST_TOLD = 5;

/** Everything that does not hold, in sentences; empty when all is well. */
export function faultsFound({ lost, duplicated, wrong, story }: Outcome): string[] {
  const found = [...told("lost", lost), ...told("delivered twice", duplicated), ...told("wrong", wrong)];
  return found.length === 0 ? [] : [...found, `what happened: ${story.join("; ")}`];
}

function told(word: string, all: readonly string[]): string[] {
  const first = all.slice(0, MOST_TOLD).map((what) => `${word}: ${what.slice(0, 600)}`);
  return all.length > MOST_TOLD ? [...first, `${word}: ${all.length - MOST_TOLD} more`] : first;
}

/** The outcomes of all runs as a table in Markdown, a line for each fault. */
export function table(outcomes: readonly Outcome[]): string {
  const lines = [...groupBy(outcomes, ({ fault }) => fault).values()].map(line);
  return [
    "| fault | runs | triggers | lost | duplicated | repeated after a crash, announced by attempt | hand-over, max | late in a visible tab, p50 / p95 / max | in a hidden tab |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ...lines,
  ].join("\n");
}

function line(runs: readonly Outcome[]): string {
  const sum = (count: (run: Outcome) => number) => runs.reduce((total, run) => total + count(run), 0);
  const handovers = runs.flatMap(({ handoverMs }) => handoverMs);
  const cells = [
    runs[0]?.title ?? "",
    runs.length,
    sum(({ triggers }) => triggers),
    sum(({ lost }) => lost.length),
    sum(({ duplicated }) => duplicated.length),
    sum(({ repeated }) => repeated),
    handovers.length === 0 ? "–" : `${Math.round(Math.max(...handovers))} ms`,
    latenesses(runs.flatMap(({ visible }) => visible)),
    latenesses(runs.flatMap(({ hidden }) => hidden)),
  ];
  return `| ${cells.join(" | ")} |`;
}

function latenesses(values: readonly number[]): string {
  if (values.length === 0) return "–";
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return `${at(0.5)} / ${at(0.95)} / ${at(1)} ms`;
}
