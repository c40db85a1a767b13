import { type ParserPlugin, parse } from "@babel/parser";
import type { SourceFile } from "./source-files.js";

/** A node of the syntax tree, as far as the doctor looks at it: by its type and the names of its fields. */
export interface SyntaxNode {
  readonly type: string;
  readonly loc: { readonly start: Position; readonly end: Position };
  readonly [field: string]: unknown;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Comment {
  readonly text: string;
  readonly from: number;
  readonly until: number;
}

export interface ParsedFile {
  readonly path: string;
  readonly program: SyntaxNode;
  readonly comments: readonly Comment[];
}

/** Reads a file; throws with the reason when it is no JavaScript. */
export function parseFile({ path, text }: SourceFile): ParsedFile {
  const component = /\.(?:vue|svelte)$/.test(path);
  const code = component ? scriptsOf(text) : text;
  const typed = component ? /<script[^>]*\blang=["']?ts/.test(text) : /\.[cm]?tsx?$/.test(path);
  const plugins: ParserPlugin[] = [["decorators", { decoratorsBeforeExport: true }], "explicitResourceManagement"];
  if (typed) {
    plugins.push("typescript");
  }
  if (!/\.[cm]?ts$/.test(path)) {
    plugins.push("jsx");
  }
  const { program, comments } = parse(code, {
    sourceType: "unambiguous",
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
    errorRecovery: true,
    plugins,
  });
  return {
    path,
    program: program as unknown as SyntaxNode,
    comments: (comments ?? []).flatMap(({ value, loc }) =>
      loc == null ? [] : [{ text: value, from: loc.start.line, until: loc.end.line }],
    ),
  };
}

/** The script blocks of a component, everything else blanked so that places stay what they are. */
function scriptsOf(text: string): string {
  let code = "";
  let at = 0;
  for (const match of text.matchAll(/(<script\b[^>]*>)([\s\S]*?)<\/script>/g)) {
    const start = match.index + (match[1] as string).length;
    const body = match[2] as string;
    code += blank(text.slice(at, start)) + body;
    at = start + body.length;
  }
  return code + blank(text.slice(at));
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

/** A field that holds a node, without what only the types or the waiting need: `x as T`, `x!`, `await x`, `(x)`. */
export function nodeAt(node: SyntaxNode, field: string): SyntaxNode | null {
  const value = node[field];
  return isNode(value) ? bare(value) : null;
}

export function nodesAt(node: SyntaxNode, field: string): readonly SyntaxNode[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

export function textAt(node: SyntaxNode | null, field: string): string | null {
  const value = node?.[field];
  return typeof value === "string" ? value : null;
}

const WRAPPERS = new Set([
  "TSAsExpression",
  "TSNonNullExpression",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
  "ParenthesizedExpression",
  "AwaitExpression",
  "ChainExpression",
]);

export function isWrapper(node: SyntaxNode): boolean {
  return WRAPPERS.has(node.type);
}

export function bare(node: SyntaxNode): SyntaxNode {
  const inner = isWrapper(node) ? (node.expression ?? node.argument) : undefined;
  return isNode(inner) ? bare(inner) : node;
}

const NOT_SYNTAX = new Set([
  "loc",
  "leadingComments",
  "trailingComments",
  "innerComments",
  "extra",
  "errors",
  "tokens",
]);
const TYPES_ONLY =
  /^TS(?:Type|Interface|Union|Function|Array|Qualified|Expression|Mapped|Literal|Declare|Tuple|Indexed)/;

/** The parts of a node, without types. */
export function* partsOf(node: SyntaxNode): Generator<SyntaxNode> {
  for (const [field, value] of Object.entries(node)) {
    if (NOT_SYNTAX.has(field)) {
      continue;
    }
    for (const part of Array.isArray(value) ? value : [value]) {
      if (isNode(part) && !TYPES_ONLY.test(part.type)) {
        yield part;
      }
    }
  }
}

/** The node and everything below it. */
export function* subtree(node: SyntaxNode): Generator<SyntaxNode> {
  yield node;
  for (const part of partsOf(node)) {
    yield* subtree(part);
  }
}

const FUNCTIONS = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "ObjectMethod",
  "ClassMethod",
  "ClassPrivateMethod",
]);

export const isFunction = (node: SyntaxNode): boolean => FUNCTIONS.has(node.type);
export const isCall = (node: SyntaxNode): boolean =>
  node.type === "CallExpression" || node.type === "OptionalCallExpression" || node.type === "NewExpression";
export const isMember = (node: SyntaxNode): boolean =>
  node.type === "MemberExpression" || node.type === "OptionalMemberExpression";

/** The name of a property, of an access or of a key; `null` for a computed one. */
export function keyName(node: SyntaxNode, field: "property" | "key" = "property"): string | null {
  const key = nodeAt(node, field);
  if (key === null) {
    return null;
  }
  if (key.type === "StringLiteral") {
    return textAt(key, "value");
  }
  if (key.type === "PrivateName") {
    return textAt(nodeAt(key, "id"), "name");
  }
  return node.computed === true ? null : textAt(key, "name");
}

/** The value that an object literal has for a key. */
export function propertyOf(object: SyntaxNode | null, name: string): SyntaxNode | null {
  for (const property of object?.type === "ObjectExpression" ? nodesAt(object, "properties") : []) {
    if (property.type !== "SpreadElement" && keyName(property, "key") === name) {
      return property.type === "ObjectMethod" ? property : nodeAt(property, "value");
    }
  }
  return null;
}

/** A short form of an expression such as `api.events.create`. */
export function dotted(node: SyntaxNode | null): string {
  if (node === null) {
    return "";
  }
  if (isMember(node)) {
    return `${dotted(nodeAt(node, "object"))}.${keyName(node) ?? "…"}`;
  }
  if (isCall(node)) {
    return `${dotted(nodeAt(node, "callee"))}()`;
  }
  return node.type === "ThisExpression" ? "this" : (textAt(node, "name") ?? "…");
}
