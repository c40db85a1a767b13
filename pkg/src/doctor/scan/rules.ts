import type { Finding } from "../report.js";
import type { Site } from "./coverage.js";
import type { Module, Project } from "./project.js";
import { calledOfPackage, isScheduler } from "./scheduler-calls.js";
import {
  isCall,
  isFunction,
  isMember,
  keyName,
  nodeAt,
  nodesAt,
  propertyOf,
  type SyntaxNode,
  subtree,
  textAt,
} from "./syntax.js";

/** What a project does with the package, as far as it can be told from its sources. */
export interface Usage {
  /** Schedulers that are made by hand: those start only when told to. */
  readonly made: readonly Site[];
  readonly started: boolean;
  /** Events are given to a scheduler all at once, or come through its feed. */
  readonly initialized: boolean;
  readonly followsFeed: boolean;
  /** `withScheduler(queryClient)`, `installAxiosInterceptor(axios)`, `installFetch()`. */
  readonly covers: { readonly queries: boolean; readonly client: boolean; readonly fetch: boolean };
  readonly handlers: readonly Site[];
}

/** Functions of the package that start the scheduler they act on. */
const STARTING = new Set(["startScheduler", "addEventToScheduler", "updateEventInScheduler"]);

export function usageOf(project: Project): Usage {
  const made: Site[] = [];
  const handlers: Site[] = [];
  const seen = { started: false, initialized: false, followsFeed: false, queries: false, client: false, fetch: false };
  for (const module of project.modules) {
    for (const node of subtree(module.file.program)) {
      if (isCall(node)) {
        const called = calledOfPackage(project, module, node);
        const method = methodOfScheduler(project, module, node);
        if (called === "createScheduler" || called === "ClientEventScheduler") {
          made.push({ module, node });
        }
        if (method === "onTrigger" || method === "onStatusChange") {
          handlers.push({ module, node });
        }
        seen.started ||= method === "start" || STARTING.has(called ?? "");
        seen.initialized ||= method === "initialize";
        seen.queries ||= called === "withScheduler";
        seen.client ||= called === "installAxiosInterceptor";
        seen.fetch ||= called === "installFetch" || (called === "schedulerFetch" && isGlobalFetch(module, node));
        seen.client ||= called === "schedulerFetch" && isFetchOption(module, node);
      }
      seen.followsFeed ||=
        node.type === "ObjectExpression" && isTransport(project, module, propertyOf(node, "transport"));
    }
  }
  const { started, initialized, followsFeed, queries, client, fetch } = seen;
  return { made, started, initialized, followsFeed, covers: { queries, client, fetch }, handlers };
}

function methodOfScheduler(project: Project, module: Module, call: SyntaxNode): string | null {
  const callee = nodeAt(call, "callee");
  return callee !== null && isMember(callee) && isScheduler(project, module, nodeAt(callee, "object"))
    ? keyName(callee)
    : null;
}

function isTransport(project: Project, module: Module, node: SyntaxNode | null): boolean {
  if (node === null) {
    return false;
  }
  const value = isCall(node) ? { module, node } : project.valueOf(project.definitionOf(module, node));
  return value !== null && isCall(value.node) && calledOfPackage(project, value.module, value.node) === "httpTransport";
}

function isGlobalFetch(module: Module, call: SyntaxNode): boolean {
  const parent = module.parents.get(call);
  const left = parent?.type === "AssignmentExpression" ? nodeAt(parent, "left") : null;
  return left !== null && isMember(left) && keyName(left) === "fetch";
}

/** `ky.create({ fetch: schedulerFetch() })`. */
function isFetchOption(module: Module, call: SyntaxNode): boolean {
  const parent = module.parents.get(call);
  return parent?.type === "ObjectProperty" && keyName(parent, "key") === "fetch";
}

/** A scheduler that is made by hand and never told to start fires nothing. */
export function neverStarted({
  made,
  started,
}: Usage): readonly [Site, Pick<Finding, "level" | "rule" | "message" | "fix">][] {
  const first = made[0];
  if (first === undefined || started) {
    return [];
  }
  const message = "a scheduler is made, and nothing starts it: nothing will fire";
  return [
    [
      first,
      {
        level: "error",
        rule: "never-started",
        message,
        fix: "call `scheduler.start()` once its handlers are registered",
      },
    ],
  ];
}

/** Handlers that live and die with a component. */
export function handlersInComponents(
  project: Project,
  { handlers }: Usage,
): readonly [Site, Pick<Finding, "level" | "rule" | "message" | "fix">][] {
  return handlers.flatMap((site): [Site, Pick<Finding, "level" | "rule" | "message" | "fix">][] => {
    const owner = ownerOf(site);
    const method = methodOfScheduler(project, site.module, site.node) ?? "onTrigger";
    if (owner.component === null) {
      return [];
    }
    if (owner.effect === null || !returnsSomething(owner.effect)) {
      const message = `${method} is registered in ${owner.component} and never ended: each mount adds another handler`;
      const fix = "register it in an effect and return what it returns, or once outside of components";
      return [[site, { level: "warning", rule: "handler-never-ended", message, fix }]];
    }
    const message = `${method} is registered in ${owner.component}: it is not called while that is not mounted`;
    const fix = "register handlers with side effects where the scheduler is made";
    return method === "onTrigger" ? [[site, { level: "info", rule: "handler-in-component", message, fix }]] : [];
  });
}

/** The component or hook around a place, and the effect in it. */
function ownerOf({ module, node }: Site): { component: string | null; effect: SyntaxNode | null } {
  let effect: SyntaxNode | null = null;
  for (
    let at = module.parents.get(node), inner: SyntaxNode = node;
    at !== undefined;
    inner = at, at = module.parents.get(at)
  ) {
    const callee = isCall(at) ? nodeAt(at, "callee") : null;
    const called = callee === null ? null : isMember(callee) ? keyName(callee) : textAt(callee, "name");
    if (/^use\w*Effect(?:Event)?$/.test(called ?? "") && nodesAt(at, "arguments")[0] === inner) {
      effect = inner;
    }
    const name = isFunction(at) || at.type === "VariableDeclarator" ? textAt(nodeAt(at, "id"), "name") : null;
    if (name !== null && (/^use[A-Z]/.test(name) || (/^[A-Z]/.test(name) && hasMarkup(at)))) {
      return { component: name, effect };
    }
  }
  return { component: null, effect };
}

function hasMarkup(node: SyntaxNode): boolean {
  for (const part of subtree(node)) {
    if (part.type === "JSXElement" || part.type === "JSXFragment") {
      return true;
    }
  }
  return false;
}

function returnsSomething(effect: SyntaxNode): boolean {
  const body = nodeAt(effect, "body");
  return body?.type !== "BlockStatement" || nodesAt(body, "body").some((statement) => hasReturn(statement));
}

function hasReturn(node: SyntaxNode): boolean {
  if (node.type === "ReturnStatement") {
    return nodeAt(node, "argument") !== null;
  }
  return !isFunction(node) && [...childrenOf(node)].some(hasReturn);
}

function* childrenOf(node: SyntaxNode): Generator<SyntaxNode> {
  for (const field of ["consequent", "alternate", "block", "finalizer"]) {
    const child = nodeAt(node, field);
    if (child !== null) {
      yield child;
    }
  }
  yield* nodesAt(node, "body");
}
