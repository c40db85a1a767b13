/** What is done to an event. */
export type Operation = "create" | "update" | "delete" | "approve" | "decline";

const EVENT_WORDS = new Set(["event", "events"]);
/** What may stand in a path beside the events themselves without making it about something else. */
const QUALIFIERS = new Set([
  "admin",
  "manage",
  "management",
  "api",
  "my",
  "all",
  "new",
  "save",
  "status",
  "approval",
  "bulk",
]);
const VERBS: ReadonlyMap<string, Operation> = new Map([
  ["create", "create"],
  ["add", "create"],
  ["duplicate", "create"],
  ["clone", "create"],
  ["publish", "update"],
  ["unpublish", "update"],
  ["schedule", "update"],
  ["reschedule", "update"],
  ["update", "update"],
  ["edit", "update"],
  ["cancel", "update"],
  ["archive", "update"],
  ["restore", "update"],
  ["delete", "delete"],
  ["remove", "delete"],
  ["approve", "approve"],
  ["decline", "decline"],
  ["reject", "decline"],
]);
/** Before the events in a path these say that something else is meant by them. */
const OTHER_EVENTS =
  /analytics|telemetry|track|metric|log|audit|webhook|sentry|segment|amplitude|mixpanel|pixel|stream/;

/** Stands for a part of a path that is not known before the program runs. */
export const UNKNOWN = "\uFFFC";

/** What a request does to events, by its method and address; `null` where it is about something else. */
export function operationOf(method: string, url: string): Operation | null {
  const path = eventPath(url);
  if (path === null || !["POST", "PUT", "PATCH", "DELETE"].includes(method)) {
    return null;
  }
  if (path.operation !== null) {
    return path.operation;
  }
  if (method === "DELETE") {
    return "delete";
  }
  return method === "POST" && !path.ofOne ? "create" : "update";
}

/** Whether reading this address gives a list of events. */
export function isEventList(url: string): boolean {
  const path = eventPath(url, ["list", "upcoming", "active"]);
  return path !== null && !path.ofOne && path.operation === null;
}

interface EventPath {
  readonly operation: Operation | null;
  /** One event is named in it. */
  readonly ofOne: boolean;
}

function eventPath(url: string, also: readonly string[] = []): EventPath | null {
  const path = (url.split(/[?#]/)[0] ?? "").replace(/^[a-z]+:\/\/[^/]*/i, "");
  const segments = path.split("/").filter((segment) => segment !== "");
  const at = segments.findLastIndex((segment) => wordsOf(segment).some((word) => EVENT_WORDS.has(word)));
  if (at < 0 || segments.slice(0, at).some((segment) => OTHER_EVENTS.test(segment.toLowerCase()))) {
    return null;
  }
  let operation: Operation | null = null;
  let ofOne = false;
  for (const segment of segments.slice(at)) {
    if (segment.includes(UNKNOWN) || segment.startsWith(":")) {
      ofOne = true;
      continue;
    }
    for (const word of wordsOf(segment)) {
      operation = VERBS.get(word) ?? operation;
      if (!EVENT_WORDS.has(word) && !QUALIFIERS.has(word) && !VERBS.has(word) && !also.includes(word)) {
        return null;
      }
    }
  }
  return { operation, ofOne };
}

/** Whether an address says nothing about what it is for, as one that is put together elsewhere. */
export function isSilentPath(url: string): boolean {
  const words = url.split("/").filter((segment) => !segment.includes(UNKNOWN) && !segment.startsWith(":"));
  return words.flatMap(wordsOf).every((word) => VERBS.has(word) || QUALIFIERS.has(word));
}

function wordsOf(segment: string): readonly string[] {
  const words = segment.replaceAll(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return words.split(/[^a-z]+/).filter((word) => word !== "");
}

const CALL_NAME =
  /^(?:use|handle|do|on|post|put|api|request|async)?_?(create|add|update|edit|delete|remove|approve|decline|reject|publish|cancel)_?events?(?:Mutation|Request|Api|ById)?$/i;

/** What a function of this name does to events; `null` for other names. */
export function operationNamed(name: string): Operation | null {
  const verb = CALL_NAME.exec(name)?.[1]?.toLowerCase();
  return verb === undefined ? null : (VERBS.get(verb) ?? null);
}
