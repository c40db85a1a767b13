import { ApiMisuseError, InvalidInputError, type Problem } from "./errors/errors.js";
import { isObject } from "./event-text.js";
import type { RetryOptions } from "./types/deliveries.js";
import type { SchedulerOptions } from "./types/scheduler-types.js";

/** Settings that the core reads, under the name that each has there. */
const CORE_SETTINGS = {
  defaultTimeZone: "default_time_zone",
  disambiguation: "disambiguation",
  tickMs: "tick_ms",
  precision: "precision",
  backdateGraceMs: "backdate_grace_ms",
  maxEvents: "max_events",
  maxDowntimeHours: "max_downtime_hours",
  recoveryDelayMs: "recovery_delay_ms",
} as const satisfies Partial<Record<keyof SchedulerOptions, string>>;

/** Settings that stand under `retry`. */
const RETRY_SETTINGS = {
  maxAttempts: "max_attempts",
  baseMs: "retry_base_ms",
  maxMs: "retry_max_ms",
  answerTimeoutMs: "answer_timeout_ms",
} as const satisfies Record<keyof RetryOptions, string>;

const TEXT_SETTINGS: readonly string[] = ["defaultTimeZone", "disambiguation", "precision"];

/** Checks the shapes of the options; the core checks the values of its settings. */
export function checkOptions(options: SchedulerOptions): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new ApiMisuseError("WRONG_ARGUMENT", "options is an object, or left out");
  }
  const { name, clock, transport, storage, tabs, logger, missedPolicy, retry, polling } = options;
  const problems: Problem[] = [];
  const demand = (holds: boolean, field: string, wanted: string): void => {
    if (!holds) {
      problems.push({ field, code: "SETTING_INVALID", message: `is not a value of this setting: write ${wanted}` });
    }
  };
  for (const field of Object.keys(CORE_SETTINGS) as (keyof typeof CORE_SETTINGS)[]) {
    const wanted = TEXT_SETTINGS.includes(field) ? "string" : "number";
    const value = options[field];
    demand(value === undefined || typeof value === wanted, field, `a ${wanted === "string" ? "text" : "number"}`);
  }
  demand(
    missedPolicy === undefined || typeof missedPolicy === "string" || isObject(missedPolicy),
    "missedPolicy",
    "all, latest or skip, or an object of that for kinds of trigger",
  );
  demand(retry === undefined || isObject(retry), "retry", "an object");
  for (const [field, value] of retrySettings(retry)) {
    demand(value === undefined || typeof value === "number", `retry.${field}`, "a number");
  }
  demand(polling === undefined || isObject(polling), "polling", "an object");
  demand(
    polling?.near === undefined || (Array.isArray(polling.near) && polling.near.every(isObject)),
    "polling.near",
    "a list of { withinMs, everyMs }",
  );
  demand(name === undefined || typeof name === "string", "name", "a text");
  demand(clock === undefined || hasMethods(clock, ["now"]), "clock", "an object with the method now()");
  demand(
    transport === undefined || hasMethods(transport, ["snapshot", "changes"]),
    "transport",
    "a transport, for example httpTransport()",
  );
  demand(
    storage === undefined || storage === false || hasMethods(storage, ["open"]),
    "storage",
    "false, or a storage, for example indexedDbStorage()",
  );
  demand(tabs === undefined || tabs === false || isObject(tabs), "tabs", "false, or an object of ports");
  demand(
    logger === undefined || logger === false || hasMethods(logger, ["debug", "info", "warn", "error"]),
    "logger",
    "false, or an object with the methods debug, info, warn and error",
  );
  if (problems.length > 0) {
    throw new InvalidInputError(problems);
  }
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    names.every((name) => typeof (value as unknown as Record<string, unknown>)[name] === "function")
  );
}

function retrySettings(retry: RetryOptions | undefined): [keyof RetryOptions, unknown][] {
  return (Object.keys(RETRY_SETTINGS) as (keyof RetryOptions)[]).map((name) => [name, retry?.[name]]);
}

/** The settings as the core takes them: each as its name, `=`, its value and NUL. */
export function rawConfig({ missedPolicy, retry, polling, ...options }: SchedulerOptions): string {
  const policies = isObject(missedPolicy) ? Object.entries(missedPolicy) : [];
  const settings: [string, unknown][] = [
    ...policies.map(([kind, policy]): [string, unknown] => [`missed_policy.${kind}`, policy]),
    ["missed_policy", isObject(missedPolicy) ? undefined : missedPolicy],
    ...(Object.keys(CORE_SETTINGS) as (keyof typeof CORE_SETTINGS)[]).map((name): [string, unknown] => [
      CORE_SETTINGS[name],
      options[name],
    ]),
    ...retrySettings(retry).map(([name, value]): [string, unknown] => [RETRY_SETTINGS[name], value]),
    ["polling_idle_ms", polling?.idleMs],
    ["polling_after_start_ms", polling?.afterStartMs],
    ["polling_near", polling?.near?.map(({ withinMs, everyMs }) => `${withinMs}:${everyMs},`).join("")],
  ];
  return settings.map(([name, value]) => (value === undefined ? "" : `${name}=${value}\0`)).join("");
}

/** The same error with the settings called as in {@link SchedulerOptions}. */
export function asOptionsError(thrown: unknown): unknown {
  if (!(thrown instanceof InvalidInputError)) {
    return thrown;
  }
  const names = new Map<string, string>([
    ["missed_policy", "missedPolicy"],
    ["polling_idle_ms", "polling.idleMs"],
    ["polling_after_start_ms", "polling.afterStartMs"],
    ["polling_near", "polling.near"],
    ...Object.entries(CORE_SETTINGS).map(([name, rawName]): [string, string] => [rawName, name]),
    ...Object.entries(RETRY_SETTINGS).map(([name, rawName]): [string, string] => [rawName, `retry.${name}`]),
  ]);
  return new InvalidInputError(
    thrown.problems.map((problem) => ({ ...problem, field: names.get(problem.field) ?? problem.field })),
  );
}
