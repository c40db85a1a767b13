import type { Site } from "./coverage.js";
import type { Module, Project } from "./project.js";
import { isCall, isMember, keyName, nodeAt, type SyntaxNode, subtree, textAt } from "./syntax.js";

/** Who uses what, over the whole project. */
export class References {
  readonly #uses = new Map<SyntaxNode, Site[]>();
  readonly #given = new Map<string, Site[]>();
  readonly #hooks = new Map<string, Site[]>();

  constructor(project: Project) {
    for (const module of project.modules) {
      for (const node of subtree(module.file.program)) {
        if (node.type === "Identifier" || isMember(node)) {
          const parent = module.parents.get(node);
          if (parent === undefined || isNameOnly(parent, node)) {
            continue;
          }
          const definition = project.definitionOf(module, node);
          if (definition?.kind === "node" && definition.node !== parent) {
            add(this.#uses, definition.node, { module, node: calledBy(module, node) ?? node });
          }
        }
        this.#readHandler({ module, node });
        const hook = isCall(node) ? hookName(nodeAt(node, "callee")) : null;
        if (hook !== null) {
          add(this.#hooks, hook, { module, node });
        }
      }
    }
  }

  to(declaration: SyntaxNode): readonly Site[] {
    return this.#uses.get(declaration) ?? [];
  }

  /** The calls of a hook that is made at run time, by its name. */
  hooks(name: string): readonly Site[] {
    return this.#hooks.get(name) ?? [];
  }

  /** What is given under the name of a handler, `onSaved={…}` or `{ onSaved: … }`. */
  given(name: string): readonly Site[] {
    return this.#given.get(name) ?? [];
  }

  #readHandler(site: Site): void {
    const { node } = site;
    const name =
      node.type === "JSXAttribute"
        ? textAt(nodeAt(node, "name"), "name")
        : node.type === "ObjectProperty" || node.type === "ObjectMethod"
          ? keyName(node, "key")
          : null;
    if (name !== null && /^on[A-Z]/.test(name)) {
      add(this.#given, name, site);
    }
  }
}

function add<K>(map: Map<K, Site[]>, key: K, site: Site): void {
  const sites = map.get(key);
  if (sites === undefined) {
    map.set(key, [site]);
  } else {
    sites.push(site);
  }
}

function hookName(callee: SyntaxNode | null): string | null {
  const name = callee !== null && isMember(callee) ? keyName(callee) : textAt(callee, "name");
  return name !== null && /^use[A-Z]\w*Mutation$/.test(name) ? name : null;
}

/** The call `node(…)` or `node.method(…)`: its arguments may hold what follows. */
function calledBy(module: Module, node: SyntaxNode): SyntaxNode | null {
  const parent = module.parents.get(node);
  const callee = parent !== undefined && isMember(parent) && parent.object === node ? parent : node;
  const call = module.parents.get(callee);
  return call !== undefined && isCall(call) && call.callee === callee ? call : null;
}

/** Names that are being declared, imported or are keys use nothing. */
function isNameOnly(parent: SyntaxNode, node: SyntaxNode): boolean {
  if (/^(?:Import|Export)/.test(parent.type)) {
    return true;
  }
  if (isMember(parent)) {
    return parent.property === node && parent.computed !== true;
  }
  if (parent.type === "ObjectProperty" || parent.type === "ClassProperty") {
    return parent.key === node && parent.value !== node && parent.computed !== true;
  }
  return parent.id === node || (parent.type === "AssignmentExpression" && parent.left === node);
}
