import { UNKNOWN } from "./event-path.js";
import type { Module, Project } from "./project.js";
import { isCall, isFunction, isMember, keyName, nodeAt, nodesAt, type SyntaxNode, textAt } from "./syntax.js";

const DEEPEST = 6;

/** The text that an expression has, with {@link UNKNOWN} for each part that is not known before the program runs. */
export function constantText(project: Project, module: Module, node: SyntaxNode | null, depth = 0): string {
  if (node === null || depth > DEEPEST) {
    return UNKNOWN;
  }
  const text = (part: SyntaxNode | null): string => constantText(project, module, part, depth + 1);
  switch (node.type) {
    case "StringLiteral":
      return textAt(node, "value") ?? "";
    case "TemplateLiteral": {
      const values = nodesAt(node, "expressions");
      const quasis = nodesAt(node, "quasis").map((quasi) => (quasi.value as { readonly cooked?: string }).cooked ?? "");
      return quasis.map((quasi, n) => quasi + (n < values.length ? text(values[n] ?? null) : "")).join("");
    }
    case "BinaryExpression":
      return node.operator === "+" ? text(nodeAt(node, "left")) + text(nodeAt(node, "right")) : UNKNOWN;
    case "LogicalExpression":
      return text(nodeAt(node, "right"));
    case "ConditionalExpression":
      return text(nodeAt(node, "consequent"));
    case "NewExpression": {
      const made = textAt(nodeAt(node, "callee"), "name");
      return made === "URL" || made === "Request" ? text(nodesAt(node, "arguments")[0] ?? null) : UNKNOWN;
    }
    default:
      return referredText(project, module, node, depth);
  }
}

/** A constant, a field of a constant, or what a small function of the project answers. */
function referredText(project: Project, module: Module, node: SyntaxNode, depth: number): string {
  if (isCall(node)) {
    const callee = nodeAt(node, "callee");
    if (callee !== null && isMember(callee) && ["toString", "concat", "trim"].includes(keyName(callee) ?? "")) {
      return constantText(project, module, nodeAt(callee, "object"), depth + 1);
    }
    const called = callee === null ? null : project.valueOf(project.definitionOf(module, callee));
    const answer = called === null ? null : answerOf(called.node);
    return called === null || answer === null ? UNKNOWN : constantText(project, called.module, answer, depth + 1);
  }
  const value = project.valueOf(project.definitionOf(module, node));
  return value === null || value.node === node ? UNKNOWN : constantText(project, value.module, value.node, depth + 1);
}

function answerOf(node: SyntaxNode): SyntaxNode | null {
  if (!isFunction(node)) {
    return null;
  }
  const body = nodeAt(node, "body");
  if (body?.type !== "BlockStatement") {
    return body;
  }
  const [first, more] = nodesAt(body, "body");
  return more === undefined && first?.type === "ReturnStatement" ? nodeAt(first, "argument") : null;
}
