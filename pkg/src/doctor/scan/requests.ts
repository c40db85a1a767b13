import { constantText } from "./constant-text.js";
import { isEventList, isSilentPath, type Operation, operationNamed, operationOf, UNKNOWN } from "./event-path.js";
import type { Module, Project } from "./project.js";
import {
  dotted,
  isCall,
  isFunction,
  isMember,
  isWrapper,
  keyName,
  nodeAt,
  nodesAt,
  propertyOf,
  type SyntaxNode,
  textAt,
} from "./syntax.js";

/** A call that changes events on the back end, or reads a list of them. */
export interface EventRequest {
  readonly operation: Operation | "list";
  /** For people: `POST /api/events`. */
  readonly label: string;
  /** What it goes through, for the integrations that cover one of them. */
  readonly through: "fetch" | "client" | "unknown";
  /** Known by its address, and not by its name alone. */
  readonly sure: boolean;
}

const METHODS: ReadonlyMap<string, string> = new Map([
  ["get", "GET"],
  ["post", "POST"],
  ["put", "PUT"],
  ["patch", "PATCH"],
  ["delete", "DELETE"],
  ["del", "DELETE"],
]);
const VERB = /^(?:POST|PUT|PATCH|DELETE)$/;
/** As typed clients take it, before a path: `request("put", "/events/{id}", …)`. */
const SMALL_VERB = /^(?:post|put|patch|delete)$/;
/** Objects whose `post(path, handler)` answers requests instead of making them. */
const SERVERS = /^(?:app|server|router|route|routes|fastify|hono|express|nock|msw|rest|mock|mockApi|scope)$|Router$/;
/** Functions called `createEvent` and the like that have to do with other events. */
const OTHER_PACKAGES =
  /^(?:effector|ics|@testing-library\/|@fullcalendar\/|fullcalendar|node:|events$|mitt|socket\.io|posthog|@sentry\/)/;
const OTHER_OWNERS =
  /(?:^|\.)(?:document|window|calendar\w*|analytics|tracker|logger|gtag|fireEvent|emitter|bus|\w*schedul\w*)(?:\(\))?$/i;

/** What a call asks of a back end; `null` where it has nothing to do with events. */
export function requestOf(project: Project, module: Module, node: SyntaxNode): EventRequest | null {
  if (node.type === "ObjectExpression") {
    return describedRequest(project, module, node);
  }
  if (!isCall(node) || node.type === "NewExpression") {
    return null;
  }
  const callee = nodeAt(node, "callee");
  return callee === null ? null : (addressed(project, module, node, callee) ?? named(project, module, node, callee));
}

function addressed(project: Project, module: Module, call: SyntaxNode, callee: SyntaxNode): EventRequest | null {
  const args = nodesAt(call, "arguments").map((argument) =>
    isWrapper(argument) ? (nodeAt(call, "argument") ?? argument) : argument,
  );
  if (args.some((argument, n) => n > 0 && isFunction(argument)) || SERVERS.test(dotted(callee).split(".")[0] ?? "")) {
    return null;
  }
  const text = (node: SyntaxNode | null | undefined): string => constantText(project, module, node ?? null);
  const [first] = args;
  const through = dotted(callee).endsWith("fetch") ? "fetch" : "client";
  const asks = (method: string, address: string): EventRequest | null =>
    requestTo(method, address, through) ?? unnamedAddress(module, method, call, address);
  const method = isMember(callee) ? METHODS.get(keyName(callee) ?? "") : undefined;
  if (method !== undefined) {
    const base = baseUrl(project, module, nodeAt(callee, "object"));
    return asks(method, base === "" ? text(first) : base + text(first).replace(/^\//, ""));
  }
  if (first?.type === "ObjectExpression") {
    return describedRequest(project, module, first);
  }
  const verb = args.find((argument) => VERB.test(textAt(argument, "value") ?? ""));
  if (verb !== undefined) {
    return asks(textAt(verb, "value") ?? "", text(args.find((argument) => argument !== verb)));
  }
  const small = first === undefined ? "" : (textAt(first, "value") ?? "");
  if (SMALL_VERB.test(small) && text(args[1]).includes("/")) {
    return asks(small.toUpperCase(), text(args[1]).replace(/\{\w+\}/g, UNKNOWN));
  }
  const request = first?.type === "NewExpression" ? nodesAt(first, "arguments").slice(1) : [];
  const options = [...args.slice(1), ...request].map((argument) => optionsOf(project, module, argument));
  const wanted = options.map((one) => propertyOf(one, "method")).find((one) => one !== null) ?? null;
  if (wanted !== null) {
    return asks(text(wanted).toUpperCase(), text(first));
  }
  const reads = through === "fetch" && options.every((one) => one !== null);
  return reads ? requestTo("GET", text(first), through) : null;
}

/** `{ url: "/events", method: "POST" }`, wherever it stands. */
function describedRequest(project: Project, module: Module, object: SyntaxNode): EventRequest | null {
  const url = propertyOf(object, "url") ?? propertyOf(object, "path");
  const method = propertyOf(object, "method");
  if (url === null || method === null) {
    return null;
  }
  return requestTo(constantText(project, module, method).toUpperCase(), constantText(project, module, url), "client");
}

function requestTo(method: string, url: string, through: EventRequest["through"]): EventRequest | null {
  const looksLikeAddress = /^(?:[a-z]+:\/\/|\/|\uFFFC|\.\.?\/|[\w-]+(?:\/|$))/i.test(url) && !/\s/.test(url);
  const operation = !looksLikeAddress
    ? null
    : method === "GET"
      ? isEventList(url)
        ? "list"
        : null
      : operationOf(method, url);
  const label = `${method} ${url.replaceAll(UNKNOWN, "…")}`;
  return operation === null ? null : { operation, label, through, sure: true };
}

/** A changing request to an address that is not known, in a function whose name says what it is for. */
function unnamedAddress(module: Module, method: string, call: SyntaxNode, url: string): EventRequest | null {
  if (!["POST", "PUT", "PATCH", "DELETE"].includes(method) || !isSilentPath(url)) {
    return null;
  }
  for (let at = module.parents.get(call); at !== undefined; at = module.parents.get(at)) {
    const name =
      textAt(nodeAt(at, "id"), "name") ??
      (at.type === "ObjectMethod" || at.type === "ClassMethod" ? keyName(at, "key") : null);
    const operation = name === null ? null : operationNamed(name);
    if (operation !== null) {
      return { operation, label: `${method} in ${name}`, through: "client", sure: true };
    }
  }
  return null;
}

/** `createEvent(…)` of a module that is not part of the project: likely, but not sure. */
function named(project: Project, module: Module, call: SyntaxNode, callee: SyntaxNode): EventRequest | null {
  const name = isMember(callee) ? keyName(callee) : textAt(callee, "name");
  const operation = name === null ? null : (operationNamed(name) ?? resourceOperation(callee, name));
  const owner = isMember(callee) ? dotted(nodeAt(callee, "object")) : "";
  if (operation === null || /^(?:use|handle|on)/.test(name ?? "") || OTHER_OWNERS.test(owner)) {
    return null;
  }
  const definition = project.definitionOf(module, callee);
  const foreign =
    definition === null ? isMember(callee) : definition.kind === "external" && !OTHER_PACKAGES.test(definition.source);
  const ofThePackage = definition?.kind === "external" && definition.source.startsWith("client-event-scheduler");
  if (!foreign || ofThePackage || !isAwaited(module, call)) {
    return null;
  }
  return { operation, label: `${dotted(callee)}()`, through: "unknown", sure: false };
}

/** `api.events.create(…)`. */
function resourceOperation(callee: SyntaxNode, name: string): Operation | null {
  const owner = isMember(callee) ? nodeAt(callee, "object") : null;
  const resource = owner !== null && isMember(owner) ? (keyName(owner) ?? "") : "";
  return /^events?$/i.test(resource) ? operationNamed(`${name}Event`) : null;
}

/** A factory or an emitter is not waited for. */
function isAwaited(module: Module, call: SyntaxNode): boolean {
  const parent = module.parents.get(call);
  return (
    parent?.type === "AwaitExpression" ||
    parent?.type === "ReturnStatement" ||
    (parent?.type === "ArrowFunctionExpression" && parent.body === call) ||
    (parent !== undefined &&
      isMember(parent) &&
      ["then", "unwrap", "pipe", "subscribe", "catch"].includes(keyName(parent) ?? ""))
  );
}

/** The address that an instance made by `axios.create({ baseURL })` or `ky.create({ prefixUrl })` puts in front. */
function baseUrl(project: Project, module: Module, receiver: SyntaxNode | null): string {
  const made = receiver === null ? null : project.valueOf(project.definitionOf(module, receiver));
  const callee = made !== null && isCall(made.node) ? nodeAt(made.node, "callee") : null;
  if (made === null || callee === null || !isMember(callee) || !["create", "extend"].includes(keyName(callee) ?? "")) {
    return "";
  }
  const options = nodesAt(made.node, "arguments")[0] ?? null;
  const base = propertyOf(options, "baseURL") ?? propertyOf(options, "prefixUrl") ?? propertyOf(options, "prefix");
  const text = base === null ? "" : constantText(project, made.module, base);
  return text === "" || text.endsWith("/") ? text : `${text}/`;
}

function optionsOf(project: Project, module: Module, node: SyntaxNode | undefined): SyntaxNode | null {
  if (node === undefined || node.type === "ObjectExpression") {
    return node ?? null;
  }
  const value = project.valueOf(project.definitionOf(module, node));
  return value?.node.type === "ObjectExpression" ? value.node : null;
}
