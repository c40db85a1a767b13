import { ApiMisuseError, InvalidInputError, type Problem } from "./errors/errors.js";
import type { SchedulerOptions } from "./types/scheduler-types.js";
import type { RawConfig } from "./wasm/raw.js";

/** Settings that the core reads, under the name that each has there. */
const CORE_SETTINGS = {
  defaultTimeZone: "default_time_zone",
  disambiguation: "disambiguation",
  tickMs: "tick_ms",
  precision: "precision",
  backdateGraceMs: "backdate_grace_ms",
  maxEvents: "max_events",
  maxDowntimeHours: "max_downtime_hours",
} as const satisfies Partial<Record<keyof SchedulerOptions, keyof RawConfig>>;

const TEXT_SETTINGS: readonly string[] = ["defaultTimeZone", "disambiguation", "precision"];

/** Checks the shapes of the options; the core checks the values of its settings. */
export function checkOptions(options: SchedulerOptions): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new ApiMisuseError("WRONG_ARGUMENT", "options is an object, or left out");
  }
  const { name, clock, transport, logger } = options;
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
  demand(name === undefined || typeof name === "string", "name", "a text");
  demand(clock === undefined || hasMethods(clock, ["now"]), "clock", "an object with the method now()");
  demand(
    transport === undefined || hasMethods(transport, ["snapshot", "changes", "stream"]),
    "transport",
    "a transport, for example httpTransport()",
  );
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

/** The settings as the core takes them. */
export function rawConfig(options: SchedulerOptions): RawConfig {
  const config: Record<string, string | number> = {};
  for (const [name, rawName] of Object.entries(CORE_SETTINGS) as [keyof typeof CORE_SETTINGS, string][]) {
    const value = options[name];
    if (value !== undefined) {
      config[rawName] = value;
    }
  }
  return config as RawConfig;
}

/** The same error with the settings called as in {@link SchedulerOptions}. */
export function asOptionsError(thrown: unknown): unknown {
  if (!(thrown instanceof InvalidInputError)) {
    return thrown;
  }
  const names = new Map<string, string>(Object.entries(CORE_SETTINGS).map(([name, rawName]) => [rawName, name]));
  return new InvalidInputError(
    thrown.problems.map((problem) => ({ ...problem, field: names.get(problem.field) ?? problem.field })),
  );
}
