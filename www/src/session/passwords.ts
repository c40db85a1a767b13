import { ApiError } from "../api/problem";

const SHORTEST = 12;
const LONGEST_BYTES = 1024;

/** What is wrong with a password before the server has seen it; its rules are the server's. */
export function passwordProblem(password: string): string | undefined {
  if ([...password].length < SHORTEST) return `Use at least ${SHORTEST} characters.`;
  if (new TextEncoder().encode(password).length > LONGEST_BYTES) return `Use at most ${LONGEST_BYTES} bytes.`;
  return undefined;
}

/** What the server said of one field. */
export function fieldMessage(error: Error | null, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const message = error.problems.find((problem) => problem.field === field)?.message;
  return message && `This ${message}.`;
}
