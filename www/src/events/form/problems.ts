import { InvalidInputError } from "client-event-scheduler";
import { ApiError, type FieldProblem } from "../../api/problem";
import { type EventFormField, isFormField } from "./formModel";

/** A failed save, sorted by where the form shows it. */
export interface FormProblems {
  readonly fields: ReadonlyMap<EventFormField, string>;
  /** What belongs to no field, one sentence each. */
  readonly general: readonly string[];
  /** Somebody else changed the event since the form was opened. */
  readonly stale: boolean;
}

export function toFormProblems(error: unknown): FormProblems {
  const problems = problemsOf(error);
  const fields = new Map<EventFormField, string>();
  const general: string[] = [];
  for (const { field, message } of problems) {
    if (isFormField(field)) fields.set(field, [fields.get(field), message].filter(Boolean).join(" "));
    else general.push(`${field}: ${message}`);
  }
  if (problems.length === 0) general.push(error instanceof Error ? error.message : String(error));
  return { fields, general, stale: error instanceof ApiError && error.code === "STALE_REVISION" };
}

function problemsOf(error: unknown): readonly FieldProblem[] {
  if (error instanceof InvalidInputError || error instanceof ApiError) return error.problems;
  return [];
}
