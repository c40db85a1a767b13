import { type Module, namesIn, type Project } from "./project.js";
import { References } from "./references.js";
import { isSchedulerCall, isSchedulerChange } from "./scheduler-calls.js";
import {
  isCall,
  isFunction,
  isMember,
  isWrapper,
  keyName,
  nodeAt,
  nodesAt,
  type SyntaxNode,
  subtree,
  textAt,
} from "./syntax.js";

/** A place in a module. */
export interface Site {
  readonly module: Module;
  readonly node: SyntaxNode;
}

/** Something with a name, and under which property what is in it leaves it. */
interface Way {
  readonly unit: SyntaxNode;
  readonly module: Module;
  readonly via: string | null;
  /** The hook that RTK Query makes of it, `useUpdateEventMutation`: that is what others use. */
  readonly hook?: string;
}

/** How far callers are followed. */
const DEEPEST = 8;
const MEMBERS_THAT_LISTEN = new Set(["fulfilled", "matchFulfilled"]);
const MEMBERS_THAT_TELL = new Set(["pending", "rejected", "type", "match", "matchPending", "matchRejected", "settled"]);

/**
 * Answers whether what changes an event goes on to tell the scheduler: in the same function, in what follows it
 * (`then`, `onSuccess`), in a function of the project that is called there, or in all of those who call it.
 */
export class Coverage {
  readonly #project: Project;
  readonly #references: References;
  readonly #queriesCovered: boolean;
  readonly #reaching = new Map<SyntaxNode, boolean>();

  constructor(project: Project, queriesCovered: boolean) {
    this.#project = project;
    this.#references = new References(project);
    this.#queriesCovered = queriesCovered;
  }

  /** The places at which the scheduler should be told and is not; none when it always is. */
  uncovered(site: Site): readonly Site[] {
    return this.#uncovered(site, 0, new Set());
  }

  #uncovered(site: Site, depth: number, seen: Set<SyntaxNode>, via: string | null = null): readonly Site[] {
    const way = this.#climb(site, via);
    if (way === "covered") {
      return [];
    }
    if (way === null || depth > DEEPEST || seen.has(way.unit)) {
      return [site];
    }
    seen.add(way.unit);
    const users = this.#usersOf(way);
    if (users.some((user) => this.#listens(user))) {
      return [];
    }
    const callers = users.filter((user) => !MEMBERS_THAT_TELL.has(memberRead(user)));
    const open = callers.map((caller) => this.#uncovered(caller, depth + 1, seen, way.via));
    if (callers.length === 0 || open.every((places) => places.length > 0)) {
      return [site];
    }
    return open.flat();
  }

  /** Who uses a declaration; of `const { create, remove } = useEvents()` only those of the one that matters. */
  #usersOf({ unit, via, hook }: Way): readonly Site[] {
    if (hook !== undefined) {
      return this.#references.hooks(hook);
    }
    const users = this.#references.to(unit).filter((user) => !isInside(user.module, user.node, unit));
    const pattern = unit.type === "VariableDeclarator" ? nodeAt(unit, "id") : null;
    if (via === null || pattern === null || !isCall(nodeAt(unit, "init") ?? unit)) {
      return users;
    }
    const property = nodesAt(pattern, "properties").find(
      (one) => one.type === "ObjectProperty" && keyName(one, "key") === via,
    );
    const local = property === undefined ? null : (namesIn(nodeAt(property, "value") as SyntaxNode)[0] ?? null);
    const chosen = users.filter((user) => (local === null ? reads(user, via) : mentions(user, local)));
    return chosen.length > 0 ? chosen : users;
  }

  /**
   * Goes outwards from a place. Answers the thing with a name in which it is, so that its users can be looked at;
   * `null` at the end of the way, such as the handler of a button.
   */
  #climb({ module, node }: Site, known: string | null): Way | null | "covered" {
    let via = known;
    let inFunction = !isCall(node) || this.#isHookCall(node);
    // What is handed on as a value does not run where it is handed on.
    let escaping = !isCall(node);
    for (let at: SyntaxNode | undefined = node; at !== undefined; at = module.parents.get(at)) {
      if (isFunction(at) && at !== node) {
        inFunction = true;
        if (!escaping && this.#reaches(module, at)) {
          return "covered";
        }
        escaping = true;
        if (at.type !== "ArrowFunctionExpression" && at.type !== "FunctionExpression") {
          return isComponent(at) ? null : { unit: at, module, via };
        }
      } else if (isCall(at) || at.type === "JSXOpeningElement") {
        if ((this.#queriesCovered && this.#isMutation(at)) || this.#reaches(module, at)) {
          return "covered";
        }
        const hook = endpointHook(module, at);
        if (hook !== null) {
          return { unit: at, module, via: null, hook };
        }
        escaping = false;
        inFunction ||= at !== node && this.#isHookCall(at);
      } else if (at.type === "JSXAttribute") {
        const element = module.parents.get(at);
        return element !== undefined && this.#reaches(module, element) ? "covered" : null;
      } else if (inFunction && isNaming(module, at)) {
        return isComponent(at) ? null : { unit: at, module, via };
      } else if (inFunction && at.type === "ObjectProperty") {
        via = keyName(at, "key");
      }
    }
    return null;
  }

  /** Whether the scheduler is told somewhere in this part of the program, or in what it calls. */
  #reaches(module: Module, node: SyntaxNode): boolean {
    const open: Site[] = [{ module, node }];
    const seen = new Set([node]);
    // What is found on the way is looked into after what is there already.
    for (const site of open) {
      const known = this.#reaching.get(site.node);
      if (known === true || (known === undefined && this.#tells(site))) {
        this.#reaching.set(site.node, true).set(node, true);
        return true;
      }
      for (const next of known === undefined ? this.#called(site) : []) {
        if (!seen.has(next.node)) {
          seen.add(next.node);
          open.push(next);
        }
      }
    }
    // Nothing that can be reached from here tells it, so neither does anything on the way.
    for (const part of seen) {
      this.#reaching.set(part, false);
    }
    return false;
  }

  /** Whether the scheduler is told in this part of the program itself. */
  #tells({ module, node: root }: Site): boolean {
    for (const node of subtree(root)) {
      const used = this.#usedValue(module, node);
      if (
        (isCall(node) && isSchedulerCall(this.#project, module, node)) ||
        (used !== null && isSchedulerChange(this.#project, module, used))
      ) {
        return true;
      }
    }
    return false;
  }

  /** What may run because of this part of the program: functions of the project, and handlers that its components are given. */
  *#called({ module, node: root }: Site): Generator<Site> {
    for (const node of subtree(root)) {
      const used = this.#usedValue(module, node);
      if (used === null) {
        continue;
      }
      const definition = this.#project.definitionOf(module, used);
      if (definition?.kind === "parameter" && /^on[A-Z]/.test(definition.name)) {
        yield* this.#references.given(definition.name);
      }
      const value = this.#project.valueOf(definition);
      const body = value === null ? null : runBy(value.node);
      if (value !== null && body !== null) {
        yield { module: value.module, node: body };
      }
    }
  }

  /** The expression whose function may run because of this node: what is called, or handed over as a value. */
  #usedValue(module: Module, node: SyntaxNode): SyntaxNode | null {
    if (isCall(node)) {
      return nodeAt(node, "callee");
    }
    if (node.type !== "Identifier" && !isMember(node)) {
      return null;
    }
    const parent = module.parents.get(node);
    const handedOver =
      parent !== undefined &&
      ((isCall(parent) && nodesAt(parent, "arguments").includes(node)) ||
        parent.type === "JSXExpressionContainer" ||
        (parent.type === "ObjectProperty" && parent.value === node));
    return handedOver ? node : null;
  }

  /** `createEvent.fulfilled` in a call that tells the scheduler, as the listeners of Redux Toolkit have it. */
  #listens(user: Site): boolean {
    if (!MEMBERS_THAT_LISTEN.has(memberRead(user))) {
      return false;
    }
    for (let at = user.module.parents.get(user.node); at !== undefined; at = user.module.parents.get(at)) {
      if (isCall(at) && this.#reaches(user.module, at)) {
        return true;
      }
    }
    return false;
  }

  #isHookCall(node: SyntaxNode): boolean {
    const callee = isCall(node) ? nodeAt(node, "callee") : null;
    const name = callee === null ? null : isMember(callee) ? keyName(callee) : textAt(callee, "name");
    return /^(?:use[A-Z]|createAsyncThunk|createServerFn|debounce|throttle|memo)/.test(name ?? "");
  }

  #isMutation(node: SyntaxNode): boolean {
    const callee = isCall(node) ? nodeAt(node, "callee") : null;
    const name = callee === null ? null : isMember(callee) ? keyName(callee) : textAt(callee, "name");
    return /Mutation$|^MutationObserver$/.test(name ?? "");
  }
}

/** The hook of an endpoint of RTK Query: `updateEvent: build.mutation({ … })`. */
function endpointHook(module: Module, node: SyntaxNode): string | null {
  const callee = isCall(node) ? nodeAt(node, "callee") : null;
  const property = module.parents.get(node);
  const name = property?.type === "ObjectProperty" ? keyName(property, "key") : null;
  const isEndpoint = callee !== null && isMember(callee) && keyName(callee) === "mutation";
  return isEndpoint && name !== null ? `use${name.charAt(0).toUpperCase()}${name.slice(1)}Mutation` : null;
}

/** The property that is read of what a site uses. */
function memberRead({ module, node }: Site): string {
  const parent = module.parents.get(node);
  return parent !== undefined && isMember(parent) && parent.object === node ? (keyName(parent) ?? "") : "";
}

/** Whether a site uses this property: `events.create`, `events.create(…)`. */
function reads(site: Site, property: string): boolean {
  const callee = isCall(site.node) ? nodeAt(site.node, "callee") : null;
  return memberRead(site) === property || (callee !== null && isMember(callee) && keyName(callee) === property);
}

function mentions({ node }: Site, name: string): boolean {
  const callee = isCall(node) ? nodeAt(node, "callee") : node;
  const owner = callee !== null && isMember(callee) ? nodeAt(callee, "object") : callee;
  return textAt(owner, "name") === name;
}

function isInside(module: Module, node: SyntaxNode, unit: SyntaxNode): boolean {
  for (let at: SyntaxNode | undefined = node; at !== undefined; at = module.parents.get(at)) {
    if (at === unit) {
      return true;
    }
  }
  return false;
}

/** A declaration by whose name others reach what is inside. */
function isNaming(module: Module, node: SyntaxNode): boolean {
  if (node.type === "VariableDeclarator" || node.type === "ClassProperty") {
    return true;
  }
  if (node.type === "AssignmentExpression") {
    const left = nodeAt(node, "left");
    return left !== null && isMember(left);
  }
  return node.type === "ObjectProperty" && !isArgument(module, node);
}

/** Options of a call are no place of their own. */
function isArgument(module: Module, property: SyntaxNode): boolean {
  let at = module.parents.get(property);
  while (at !== undefined && (at.type === "ObjectExpression" || at.type === "ObjectProperty" || isWrapper(at))) {
    at = module.parents.get(at);
  }
  return (
    at === undefined ||
    at.type === "ReturnStatement" ||
    isCall(at) ||
    at.type === "JSXExpressionContainer" ||
    isFunction(at)
  );
}

/** The code that runs when a value is called: the function, or those that a wrapper such as `useCallback` was given. */
function runBy(value: SyntaxNode): SyntaxNode | null {
  return isFunction(value) || isCall(value) ? value : null;
}

function isComponent(node: SyntaxNode): boolean {
  const name = textAt(nodeAt(node, "id"), "name") ?? "";
  if (!/^[A-Z]/.test(name)) {
    return false;
  }
  for (const part of subtree(node)) {
    if (part.type === "JSXElement" || part.type === "JSXFragment") {
      return true;
    }
  }
  return false;
}
