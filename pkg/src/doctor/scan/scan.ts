import type { Finding, ScanReport } from "../report.js";
import { Coverage, type Site } from "./coverage.js";
import type { Operation } from "./event-path.js";
import { Project } from "./project.js";
import { type EventRequest, requestOf } from "./requests.js";
import { handlersInComponents, neverStarted, type Usage, usageOf } from "./rules.js";
import { calledOfPackage } from "./scheduler-calls.js";
import { sourceFiles } from "./source-files.js";
import { isSuppressed, isSuppressedInVain, isWholeFileSuppressed } from "./suppression.js";
import { isCall, nodeAt, type ParsedFile, parseFile, type SyntaxNode, subtree } from "./syntax.js";

const CALLS: { readonly [operation in Operation]: string } = {
  create: "addEventToScheduler(event)",
  update: "updateEventInScheduler(eventId, event)",
  delete: "removeEventFromScheduler(eventId)",
  approve: "handleEventApproval(eventId, event)",
  decline: "handleEventDecline(eventId)",
};
const INTEGRATIONS = {
  fetch: "`installFetch`",
  client: "`installAxiosInterceptor`",
  unknown: "an integration",
} as const;

type Said = Pick<Finding, "level" | "rule" | "message" | "fix">;

/** Looks for changes of events of which the scheduler is not told, and for a few other slips. */
export async function scanProject(folder: string): Promise<ScanReport> {
  const files = await sourceFiles(folder);
  const parsed: ParsedFile[] = [];
  const unreadable: { file: string; reason: string }[] = [];
  for (const file of files) {
    try {
      parsed.push(parseFile(file));
    } catch (thrown) {
      unreadable.push({ file: file.path, reason: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  }
  const project = new Project(parsed);
  const usage = usageOf(project);
  const requests = allRequests(project);
  const changes = requests.filter(([, { operation }]) => operation !== "list");
  const said: (readonly [Site, Said])[] = [
    ...unreported(project, changes, usage),
    ...neverStarted(usage),
    ...neverGiven(project, requests, usage),
    ...handlersInComponents(project, usage),
  ];
  const findings = distinct(said.map(([site, what]) => ({ site, finding: finding(site, what) })));
  const shown = findings.filter(({ site: { module, node } }) => !isSuppressed(module.file, node));
  return {
    project: folder,
    files: files.length,
    unreadable,
    changes: changes.length,
    suppressed: findings.length - shown.length,
    findings: shown.map(({ finding: one }) => one).sort(inOrder),
  };
}

function allRequests(project: Project): readonly (readonly [Site, EventRequest])[] {
  const found: [Site, EventRequest][] = [];
  for (const module of project.modules) {
    const described = new Set<SyntaxNode>();
    for (const node of isWholeFileSuppressed(module.file) ? [] : subtree(module.file.program)) {
      const request = described.has(node) ? null : requestOf(project, module, node);
      if (request === null) {
        continue;
      }
      // The options of a call describe the same request once more.
      for (const part of subtree(node)) {
        if (part !== node && part.type === "ObjectExpression") {
          described.add(part);
        }
      }
      found.push([{ module, node }, request]);
    }
  }
  return found;
}

function* unreported(
  project: Project,
  changes: readonly (readonly [Site, EventRequest])[],
  usage: Usage,
): Generator<[Site, Said]> {
  const coverage = new Coverage(project, usage.covers.queries);
  for (const [site, request] of changes) {
    const integrated = usage.covers[request.through === "fetch" ? "fetch" : "client"] && request.through !== "unknown";
    if (integrated || goesThroughSchedulerFetch(project, site)) {
      continue;
    }
    const open = coverage.uncovered(site);
    for (const place of open) {
      yield [place, unreportedChange(place === site ? null : site, request, usage)];
    }
  }
}

function goesThroughSchedulerFetch(project: Project, { module, node }: Site): boolean {
  const callee = isCall(node) ? nodeAt(node, "callee") : null;
  const value = callee === null ? null : project.valueOf(project.definitionOf(module, callee));
  const made = value !== null && isCall(value.node) ? calledOfPackage(project, value.module, value.node) : null;
  return made === "schedulerFetch" || (isCall(node) && calledOfPackage(project, module, node) === "schedulerFetch");
}

function unreportedChange(origin: Site | null, { operation, label, through, sure }: EventRequest, usage: Usage): Said {
  const verb = { create: "creates", update: "changes", delete: "deletes", approve: "approves", decline: "declines" };
  const what = operation as Operation;
  const where = origin === null ? "" : ` (in ${origin.module.path}:${origin.node.loc.start.line})`;
  const rest = usage.followsFeed
    ? "the scheduler hears of it from the back end's feed only"
    : "the scheduler is not told: its triggers stay as they were";
  return {
    level: usage.followsFeed ? "info" : sure ? "error" : "warning",
    rule: "change-not-told",
    message: `${label}${where} ${sure ? verb[what] : `seems to ${what}`} an event, and ${rest}`,
    fix: `call \`${CALLS[what]}\` once it has succeeded, or install ${INTEGRATIONS[through]} from client-event-scheduler/integrations`,
  };
}

/** Lists of events that are read while no scheduler ever gets them. */
function* neverGiven(
  project: Project,
  requests: readonly (readonly [Site, EventRequest])[],
  usage: Usage,
): Generator<[Site, Said]> {
  const lists = requests.filter(([, { operation }]) => operation === "list");
  const [first] = lists;
  if (first === undefined || usage.initialized || usage.followsFeed) {
    return;
  }
  const coverage = new Coverage(project, false);
  if (lists.some(([site]) => coverage.uncovered(site).length === 0)) {
    return;
  }
  const [site, { label }] = first;
  const more = lists.length === 1 ? "" : `, and ${lists.length - 1} more like it`;
  yield [
    site,
    {
      level: "warning",
      rule: "list-not-given",
      message: `${label} reads events${more}, and no scheduler is given them: only those changed on this page have triggers`,
      fix: "pass the response to `scheduler.initialize(response)`, or give the scheduler a `transport`",
    },
  ];
}

function finding({ module, node }: Site, said: Said): Finding {
  const { line, column } = node.loc.start;
  const silent = isSuppressedInVain(module.file, node) ? " (the comment that ignores it gives no reason)" : "";
  return { ...said, message: said.message + silent, file: module.path, line, column: column + 1 };
}

/** Two ways can lead to one place. */
function distinct<T extends { readonly finding: Finding }>(all: readonly T[]): readonly T[] {
  const seen = new Map(
    all.map((one) => [`${one.finding.rule} ${one.finding.file}:${one.finding.line}:${one.finding.column}`, one]),
  );
  return [...seen.values()];
}

function inOrder(a: Finding, b: Finding): number {
  return a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1;
}
