import { InvalidInputError } from "client-event-scheduler/slim";
import { ApiError, type FieldProblem } from "../../api/problem";
import { DATE_FIELDS } from "../../scheduler/eventFields";
import { type EventFormField, FIELD_LABELS, isFormField } from "./formModel";

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
  for (const problem of problems) {
    const { field } = problem;
    if (!isFormField(field)) general.push(`${field}: ${problem.message}`);
    else fields.set(field, [fields.get(field), problemWords(problem)].filter(Boolean).join(" "));
  }
  if (problems.length === 0) general.push(error instanceof Error ? error.message : String(error));
  return { fields, general, stale: error instanceof ApiError && error.code === "STALE_REVISION" };
}

/** A problem in the words of the form: its fields by their labels, and times that contradict each other by their fields. */
export function problemWords({ field, code, message }: FieldProblem): string {
  const other = DATE_FIELDS.find((candidate) => candidate !== field && message.includes(candidate));
  if (code !== "DATE_ORDER" || !other) return asSentence(message);
  return message.includes("comes after")
    ? `Comes after “${FIELD_LABELS[other]}”: move it to then or earlier.`
    : `Comes before “${FIELD_LABELS[other]}”: move it to then or later.`;
}

const asSentence = (words: string): string =>
  `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.?!]$/.test(words) ? "" : "."}`;

/** The same with the field's label in front, for a place away from the field. */
export const labelledProblem = (problem: FieldProblem): string =>
  `${isFormField(problem.field) ? FIELD_LABELS[problem.field] : problem.field}: ${problemWords(problem)}`;

function problemsOf(error: unknown): readonly FieldProblem[] {
  if (error instanceof InvalidInputError || error instanceof ApiError) return error.problems;
  return [];
}
