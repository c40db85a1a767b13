import type { Module, Project } from "./project.js";
import { dotted, isCall, isMember, keyName, nodeAt, type SyntaxNode, textAt } from "./syntax.js";

export const PACKAGE = "client-event-scheduler";

/** Functions of the package that tell the default scheduler of a change. */
const FUNCTIONS = new Set([
  "addEventToScheduler",
  "updateEventInScheduler",
  "removeEventFromScheduler",
  "handleEventApproval",
  "handleEventDecline",
]);
/** Methods of a scheduler that do. */
const METHODS = new Set(["addEvent", "updateEvent", "removeEvent", "approveEvent", "declineEvent", "initialize"]);

/** Whether a call tells a scheduler of a change. */
export function isSchedulerCall(project: Project, module: Module, call: SyntaxNode): boolean {
  const callee = nodeAt(call, "callee");
  return callee !== null && isSchedulerChange(project, module, callee);
}

/** Whether an expression is a function that tells a scheduler of a change. */
export function isSchedulerChange(project: Project, module: Module, node: SyntaxNode): boolean {
  if (isMember(node)) {
    const name = keyName(node) ?? "";
    return FUNCTIONS.has(name) || (METHODS.has(name) && isScheduler(project, module, nodeAt(node, "object")));
  }
  const name = textAt(node, "name");
  if (name === null) {
    return false;
  }
  const definition = project.definitionOf(module, node);
  const imported = definition?.kind === "external" ? definition.name : null;
  return FUNCTIONS.has(imported ?? name);
}

/** Whether an expression is a scheduler, by its name or by what it was made with. */
export function isScheduler(project: Project, module: Module, node: SyntaxNode | null): boolean {
  if (node === null) {
    return false;
  }
  if (/schedul/i.test(dotted(node))) {
    return true;
  }
  const value = project.valueOf(project.definitionOf(module, node));
  const made = value !== null && isCall(value.node) ? nodeAt(value.node, "callee") : null;
  return made !== null && /schedul/i.test(dotted(made));
}

/** The name under which the package exports what is called; `null` where something else is called. */
export function calledOfPackage(project: Project, module: Module, call: SyntaxNode): string | null {
  const callee = nodeAt(call, "callee");
  const definition = callee === null ? null : project.definitionOf(module, callee);
  return definition?.kind === "external" && definition.source.startsWith(PACKAGE) ? definition.name : null;
}
