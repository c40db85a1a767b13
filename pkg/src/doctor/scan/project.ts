import { posix } from "node:path";
import {
  bare,
  isFunction,
  isMember,
  keyName,
  nodeAt,
  nodesAt,
  type ParsedFile,
  partsOf,
  type SyntaxNode,
  subtree,
  textAt,
} from "./syntax.js";

/** Where a name comes from. */
export type Definition =
  | {
      readonly kind: "node";
      readonly module: Module;
      /** Where it is declared. */
      readonly node: SyntaxNode;
      /** Which of the names that are declared there. */
      readonly name?: string;
    }
  | { readonly kind: "external"; readonly source: string; readonly name: string }
  /** Known to be a parameter: whatever the caller gives. */
  | { readonly kind: "parameter"; readonly name: string };

interface Import {
  readonly source: string;
  /** `*` for the whole module. */
  readonly name: string;
}

/** What a name stands for inside one module. */
type Local = { readonly node: SyntaxNode } | { readonly parameter: true } | Import;

type Exported = { readonly node: SyntaxNode } | Import;

/** One file: its tree, who contains whom, and what its names stand for. */
export interface Module {
  readonly path: string;
  readonly file: ParsedFile;
  readonly parents: ReadonlyMap<SyntaxNode, SyntaxNode>;
  /** By the function (or the program) in which they are declared. */
  readonly scopes: ReadonlyMap<SyntaxNode, ReadonlyMap<string, Local>>;
  readonly exports: ReadonlyMap<string, Exported>;
  readonly exportsAllOf: readonly string[];
}

const DEEPEST = 8;

/** All modules, and the lookup of names across them. */
export class Project {
  readonly modules: readonly Module[];
  readonly #byPath: ReadonlyMap<string, Module>;

  constructor(files: readonly ParsedFile[]) {
    this.modules = files.map(readModule);
    this.#byPath = new Map(this.modules.map((module) => [module.path, module]));
  }

  /** What an expression refers to: a name, or a property of something known. */
  definitionOf(module: Module, expression: SyntaxNode, depth = 0): Definition | null {
    const node = bare(expression);
    if (depth > DEEPEST) {
      return null;
    }
    if (node.type === "Identifier" || node.type === "JSXIdentifier") {
      return this.#named(module, textAt(node, "name") ?? "", node, depth);
    }
    return isMember(node) ? this.#member(module, node, depth) : null;
  }

  /** The value that a definition has: for a variable what it is initialised with. */
  valueOf(definition: Definition | null, depth = 0): { module: Module; node: SyntaxNode } | null {
    if (definition?.kind !== "node" || depth > DEEPEST) {
      return null;
    }
    const { module, node, name } = definition;
    const key = node.type === "VariableDeclarator" ? keyInPattern(node, name) : null;
    if (key !== null) {
      const part = key === "" ? null : this.#partOf(module, nodeAt(node, "init"), key, depth + 1);
      return this.valueOf(part, depth + 1);
    }
    const value = valueNode(node);
    if (value === null) {
      return null;
    }
    const further = value.type === "Identifier" || isMember(value) ? this.definitionOf(module, value, depth + 1) : null;
    return this.valueOf(further, depth + 1) ?? { module, node: value };
  }

  #named(module: Module, name: string, from: SyntaxNode, depth: number): Definition | null {
    for (let scope: SyntaxNode | undefined = from; scope !== undefined; scope = module.parents.get(scope)) {
      const local = module.scopes.get(scope)?.get(name);
      if (local !== undefined) {
        return this.#local(module, name, local, depth);
      }
    }
    return null;
  }

  #local(module: Module, name: string, local: Local, depth: number): Definition | null {
    if ("parameter" in local) {
      return { kind: "parameter", name };
    }
    return "source" in local ? this.#imported(module, local, depth) : { kind: "node", module, node: local.node, name };
  }

  #imported(module: Module, { source, name }: Import, depth: number): Definition | null {
    const target = this.#moduleAt(module.path, source);
    if (target === null) {
      return { kind: "external", source, name };
    }
    return name === "*"
      ? { kind: "node", module: target, node: target.file.program }
      : this.#exported(target, name, depth + 1);
  }

  #exported(module: Module, name: string, depth: number): Definition | null {
    const own = module.exports.get(name);
    if (depth > DEEPEST) {
      return null;
    }
    if (own !== undefined) {
      return this.#local(module, name, own, depth);
    }
    for (const source of module.exportsAllOf) {
      const found = this.#imported(module, { source, name }, depth);
      if (found?.kind === "node") {
        return found;
      }
    }
    return null;
  }

  #member(module: Module, node: SyntaxNode, depth: number): Definition | null {
    const name = keyName(node);
    const object = nodeAt(node, "object");
    if (name === null || object === null) {
      return null;
    }
    if (object.type === "ThisExpression") {
      return memberOf(module, enclosing(module, node, ["ClassBody", "ObjectExpression"]), name);
    }
    const owner = this.definitionOf(module, object, depth + 1);
    if (owner?.kind === "external") {
      return owner.name === "*" ? { ...owner, name } : { ...owner, name: `${owner.name}.${name}` };
    }
    if (owner?.kind === "node" && owner.node.type === "Program") {
      return this.#exported(owner.module, name, depth + 1);
    }
    const value = this.valueOf(owner, depth + 1);
    return value === null ? null : this.#partOf(value.module, value.node, name, depth + 1);
  }

  /** What an object, an instance, or the answer of a function of the project has under a name. */
  #partOf(module: Module, node: SyntaxNode | null, name: string, depth: number): Definition | null {
    if (node === null || depth > DEEPEST) {
      return null;
    }
    if (node.type === "NewExpression" || node.type === "CallExpression") {
      const callee = nodeAt(node, "callee");
      const made = callee === null ? null : this.valueOf(this.definitionOf(module, callee, depth + 1), depth + 1);
      const owner =
        made === null ? null : node.type === "NewExpression" ? nodeAt(made.node, "body") : answeredObject(made.node);
      return made === null ? null : memberOf(made.module, owner, name);
    }
    const value =
      node.type === "Identifier" || isMember(node)
        ? this.valueOf(this.definitionOf(module, node, depth + 1), depth + 1)
        : null;
    return value === null ? memberOf(module, node, name) : this.#partOf(value.module, value.node, name, depth + 1);
  }

  /** The file that an import means; `@/`, `~/` and `src/` are looked for below the nearest `src`. */
  #moduleAt(importer: string, source: string): Module | null {
    const bases = source.startsWith(".")
      ? [posix.join(posix.dirname(importer), source)]
      : /^(?:@|~|#)?\/|^src\//.test(source)
        ? this.#aliased(importer, source.replace(/^(?:@|~|#)?\/|^src\//, ""))
        : [];
    for (const base of bases) {
      const bareBase = base.replace(/\.[cm]?jsx?$/, "");
      for (const stem of [base, bareBase]) {
        for (const ending of [
          "",
          ".ts",
          ".tsx",
          ".js",
          ".jsx",
          ".mjs",
          ".mts",
          ".vue",
          ".svelte",
          "/index.ts",
          "/index.tsx",
          "/index.js",
          "/index.jsx",
        ]) {
          const found = this.#byPath.get(`${stem}${ending}`);
          if (found !== undefined) {
            return found;
          }
        }
      }
    }
    return null;
  }

  #aliased(importer: string, rest: string): readonly string[] {
    const at = importer.lastIndexOf("src/");
    return at < 0 ? [rest, `src/${rest}`] : [`${importer.slice(0, at)}src/${rest}`, rest, `src/${rest}`];
  }
}

/** The nearest node of one of these types around a node. */
export function enclosing(module: Module, node: SyntaxNode, types: readonly string[]): SyntaxNode | null {
  for (let at = module.parents.get(node); at !== undefined; at = module.parents.get(at)) {
    if (types.includes(at.type)) {
      return at;
    }
  }
  return null;
}

function memberOf(module: Module, owner: SyntaxNode | null, name: string): Definition | null {
  const members = owner === null ? [] : nodesAt(owner, owner.type === "ClassBody" ? "body" : "properties");
  const found = members.find((member) => member.type !== "SpreadElement" && keyName(member, "key") === name);
  return found === undefined ? null : { kind: "node", module, node: found };
}

function valueNode(node: SyntaxNode): SyntaxNode | null {
  if (isFunction(node)) {
    return node;
  }
  switch (node.type) {
    case "VariableDeclarator":
      return nodeAt(node, "init");
    case "ObjectProperty":
    case "ClassProperty":
    case "ClassPrivateProperty":
      return nodeAt(node, "value");
    case "AssignmentExpression":
      return nodeAt(node, "right");
    default:
      return node;
  }
}

/** Under which key a pattern takes a name out of something; `""` where that cannot be told, `null` where there is no pattern. */
function keyInPattern(declarator: SyntaxNode, name: string | undefined): string | null {
  const pattern = nodeAt(declarator, "id");
  if (pattern === null || pattern.type === "Identifier") {
    return null;
  }
  const property = nodesAt(pattern, "properties").find((one) => {
    const value = nodeAt(one, "value");
    return value !== null && name !== undefined && namesIn(value).includes(name);
  });
  return property === undefined ? "" : (keyName(property, "key") ?? "");
}

/** The object that a function answers, as custom hooks do: `return { create, remove }`. */
function answeredObject(node: SyntaxNode): SyntaxNode | null {
  const body = isFunction(node) ? nodeAt(node, "body") : null;
  if (body === null || body.type !== "BlockStatement") {
    return body;
  }
  const last = nodesAt(body, "body").findLast((statement) => statement.type === "ReturnStatement");
  return last === undefined ? null : nodeAt(last, "argument");
}

function readModule(file: ParsedFile): Module {
  const parents = new Map<SyntaxNode, SyntaxNode>();
  const scopes = new Map<SyntaxNode, Map<string, Local>>();
  const exports = new Map<string, Exported>();
  const exportsAllOf: string[] = [];
  const declare = (scope: SyntaxNode, name: string | null, local: Local): void => {
    const names = scopes.get(scope) ?? new Map<string, Local>();
    scopes.set(scope, names);
    if (name !== null && !names.has(name)) {
      names.set(name, local);
    }
  };
  const visit = (node: SyntaxNode, scope: SyntaxNode): void => {
    declareHere(node, scope, declare);
    const inner = isFunction(node) ? node : scope;
    for (const part of partsOf(node)) {
      parents.set(part, node);
      visit(part, inner);
    }
  };
  visit(file.program, file.program);
  for (const statement of nodesAt(file.program, "body")) {
    readExport(statement, scopes.get(file.program) ?? new Map(), exports, exportsAllOf);
  }
  for (const node of subtree(file.program)) {
    readCommonExport(node, exports);
  }
  return { path: file.path, file, parents, scopes, exports, exportsAllOf };
}

function declareHere(
  node: SyntaxNode,
  scope: SyntaxNode,
  declare: (scope: SyntaxNode, name: string | null, local: Local) => void,
): void {
  if (isFunction(node)) {
    for (const parameter of nodesAt(node, "params").flatMap(namesIn)) {
      declare(node, parameter, { parameter: true });
    }
  }
  if (node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") {
    declare(scope, textAt(nodeAt(node, "id"), "name"), { node });
  } else if (node.type === "VariableDeclarator") {
    const required = requiredModule(nodeAt(node, "init"));
    for (const name of namesIn(nodeAt(node, "id") as SyntaxNode)) {
      const whole = nodeAt(node, "id")?.type === "Identifier";
      declare(scope, name, required === null ? { node } : { source: required, name: whole ? "*" : name });
    }
  } else if (node.type === "ImportDeclaration") {
    const source = textAt(nodeAt(node, "source"), "value") ?? "";
    for (const specifier of nodesAt(node, "specifiers")) {
      const imported = nodeAt(specifier, "imported");
      const whole = specifier.type === "ImportNamespaceSpecifier" ? "*" : "default";
      const name = textAt(imported, "name") ?? textAt(imported, "value") ?? whole;
      declare(scope, textAt(nodeAt(specifier, "local"), "name"), { source, name });
    }
  }
}

function requiredModule(init: SyntaxNode | null): string | null {
  const isRequire = init?.type === "CallExpression" && textAt(nodeAt(init, "callee"), "name") === "require";
  return isRequire ? textAt(nodesAt(init, "arguments")[0] ?? null, "value") : null;
}

/** The names that a pattern binds. */
export function namesIn(pattern: SyntaxNode): readonly string[] {
  switch (pattern.type) {
    case "Identifier":
      return [textAt(pattern, "name") ?? ""];
    case "ObjectPattern":
      return nodesAt(pattern, "properties").flatMap((property) =>
        namesIn((nodeAt(property, "value") ?? nodeAt(property, "argument")) as SyntaxNode),
      );
    case "ArrayPattern":
      return nodesAt(pattern, "elements").flatMap(namesIn);
    case "AssignmentPattern":
      return namesIn(nodeAt(pattern, "left") as SyntaxNode);
    case "RestElement":
      return namesIn(nodeAt(pattern, "argument") as SyntaxNode);
    case "TSParameterProperty":
      return namesIn(nodeAt(pattern, "parameter") as SyntaxNode);
    default:
      return [];
  }
}

function readExport(
  statement: SyntaxNode,
  top: ReadonlyMap<string, Local>,
  exports: Map<string, Exported>,
  exportsAllOf: string[],
): void {
  const source = textAt(nodeAt(statement, "source"), "value");
  const local = (name: string): void => {
    const found = top.get(name);
    if (found !== undefined && !("parameter" in found)) {
      exports.set(name, found);
    }
  };
  if (statement.type === "ExportAllDeclaration" && source !== null) {
    exportsAllOf.push(source);
  } else if (statement.type === "ExportDefaultDeclaration") {
    const value = nodeAt(statement, "declaration");
    const named = value?.type === "Identifier" ? top.get(textAt(value, "name") ?? "") : undefined;
    if (named !== undefined && !("parameter" in named)) {
      exports.set("default", named);
    } else if (value !== null) {
      exports.set("default", { node: value });
    }
  } else if (statement.type === "ExportNamedDeclaration") {
    const declaration = nodeAt(statement, "declaration");
    const declared = declaration === null ? [] : [declaration, ...nodesAt(declaration, "declarations")];
    for (const id of declared.map((node) => nodeAt(node, "id"))) {
      for (const name of id === null ? [] : namesIn(id)) {
        local(name);
      }
    }
    for (const specifier of nodesAt(statement, "specifiers")) {
      const name = textAt(nodeAt(specifier, "local"), "name") ?? "";
      const exported = nodeAt(specifier, "exported");
      const as = textAt(exported, "name") ?? textAt(exported, "value") ?? name;
      const found = source === null ? top.get(name) : { source, name };
      if (found !== undefined && !("parameter" in found)) {
        exports.set(as, found);
      }
    }
  }
}

/** `exports.name = …` and `module.exports = { … }`. */
function readCommonExport(node: SyntaxNode, exports: Map<string, Exported>): void {
  const left = node.type === "AssignmentExpression" ? nodeAt(node, "left") : null;
  if (left === null || !isMember(left)) {
    return;
  }
  const owner = nodeAt(left, "object");
  const name = keyName(left) ?? "";
  const ofModule = owner !== null && isMember(owner) && keyName(owner) === "exports";
  if (textAt(owner, "name") === "exports" || ofModule) {
    exports.set(name, { node });
  } else if (textAt(owner, "name") === "module" && name === "exports") {
    const right = nodeAt(node, "right");
    exports.set("default", { node });
    for (const property of right?.type === "ObjectExpression" ? nodesAt(right, "properties") : []) {
      exports.set(keyName(property, "key") ?? "", { node: property });
    }
  }
}
