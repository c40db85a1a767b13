import type { SchedulerChangeType } from "./change.js";

/** Says what a request to some path does. */
export interface SchedulerRoute {
  /** One method or several. Default: every one that changes something. */
  readonly method?: string | readonly string[] | undefined;
  /** The end of the path, for example `/talks/:eventId/publish`; or what the whole path matches, with a group `eventId`. */
  readonly path: string | RegExp;
  /** What it does; `false`: nothing that concerns the scheduler. */
  readonly change: SchedulerChangeType | false;
}

/** A request that does something to events. */
export interface RouteMatch {
  readonly type: SchedulerChangeType;
  readonly eventId: string | null;
  /** Names the route for people, whatever the event. */
  readonly name: string;
}

const CHANGING = ["POST", "PUT", "PATCH", "DELETE"];

/** What a method does to `…/events` or `…/events/{id}`. */
const METHODS: { readonly [method: string]: SchedulerChangeType } = {
  POST: "create",
  PUT: "update",
  PATCH: "update",
  DELETE: "delete",
};

/** Words in a path, or in the key of a mutation, that say what is done. */
export const VERBS: { readonly [word: string]: SchedulerChangeType } = {
  create: "create",
  new: "create",
  add: "create",
  update: "update",
  edit: "update",
  save: "update",
  delete: "delete",
  remove: "delete",
  approve: "approve",
  decline: "decline",
  reject: "decline",
};

const METHODS_OF: { readonly [type in SchedulerChangeType]: readonly string[] } = {
  create: ["POST", "PUT"],
  update: ["POST", "PUT", "PATCH"],
  delete: ["POST", "DELETE"],
  approve: ["POST", "PUT", "PATCH"],
  decline: ["POST", "PUT", "PATCH"],
};

/** What a request does to events; `null` where it does nothing. Own routes come before the usual ones. */
export function matchRoute(method: string, url: string, routes: readonly SchedulerRoute[]): RouteMatch | null {
  const verb = method.toUpperCase();
  if (!CHANGING.includes(verb)) {
    return null;
  }
  const { pathname, searchParams } = new URL(url, "http://localhost");
  for (const route of routes) {
    const eventId = matchOwn(verb, pathname, route);
    if (eventId !== undefined) {
      const name = `${verb} ${String(route.path)}`;
      return route.change === false ? null : { type: route.change, eventId, name };
    }
  }
  const match = matchUsual(verb, segmentsOf(pathname));
  const asked = searchParams.get("event_id") ?? searchParams.get("id");
  return match === null ? null : { ...match, eventId: match.eventId ?? asked };
}

/** The id in the path, `null` where it has none, `undefined` where it is another route. */
function matchOwn(
  method: string,
  pathname: string,
  { method: wanted, path }: SchedulerRoute,
): string | null | undefined {
  const methods = wanted === undefined ? CHANGING : [wanted].flat().map((name) => name.toUpperCase());
  if (!methods.includes(method)) {
    return undefined;
  }
  if (typeof path !== "string") {
    const found = pathname.match(path);
    const eventId = found?.groups?.eventId;
    return found === null ? undefined : eventId === undefined ? null : decode(eventId);
  }
  const pattern = segmentsOf(path);
  const segments = segmentsOf(pathname).slice(-pattern.length);
  let eventId: string | null = null;
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i];
    if (part === ":eventId" && segment !== undefined) {
      eventId = segment;
    } else if (segment === undefined || (!part.startsWith(":") && part !== segment)) {
      return undefined;
    }
  }
  return eventId;
}

/** `…/events`, `…/events/{id}`, `…/events/{id}/approve` and `…/events/approve/{id}`, below any prefix. */
function matchUsual(method: string, segments: readonly string[]): RouteMatch | null {
  for (const [i, segment] of segments.entries()) {
    const match = /^events?$/i.test(segment) ? matchBelow(method, segments.slice(i + 1)) : null;
    if (match !== null) {
      return { ...match, name: `${method} …/${segment}${match.name}` };
    }
  }
  return null;
}

function matchBelow(method: string, segments: readonly string[]): RouteMatch | null {
  const rest = segments.filter((segment) => segment !== "bulk" && segment !== "batch");
  const [first = "", second = ""] = rest;
  const byMethod = METHODS[method] as SchedulerChangeType;
  if (rest.length === 0) {
    return { type: byMethod, eventId: null, name: "" };
  }
  if (rest.length === 1) {
    const type = verbOf(first, method);
    if (type !== null) {
      return { type, eventId: null, name: `/${first}` };
    }
    return { type: byMethod === "create" ? "update" : byMethod, eventId: first, name: "/{id}" };
  }
  if (rest.length > 2) {
    return null;
  }
  const after = verbOf(second, method);
  if (after !== null && after !== "create" && verbOf(first, method) === null) {
    return { type: after, eventId: first, name: `/{id}/${second}` };
  }
  const before = verbOf(first, method);
  return before === null ? null : { type: before, eventId: second, name: `/${first}/{id}` };
}

function verbOf(word: string, method: string): SchedulerChangeType | null {
  const type = Object.hasOwn(VERBS, word.toLowerCase()) ? VERBS[word.toLowerCase()] : undefined;
  return type !== undefined && METHODS_OF[type].includes(method) ? type : null;
}

function segmentsOf(path: string): readonly string[] {
  return path
    .split("/")
    .filter((segment) => segment !== "")
    .map(decode);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
