import type { Comment, ParsedFile, SyntaxNode } from "./syntax.js";

const MARK = /client-event-scheduler:\s*ignore(-file)?\b\s*(?:[—–:]|-+)?\s*(\S.*)?/;

type Verdict = "silenced" | "without_reason" | null;

/** Whether a comment on the line of a node, or just above it, silences what is found there. It must give a reason. */
export function isSuppressed(file: ParsedFile, node: SyntaxNode): boolean {
  return verdicts(file, node).includes("silenced");
}

/** Whether there is such a comment, and it gives no reason. */
export function isSuppressedInVain(file: ParsedFile, node: SyntaxNode): boolean {
  return !isSuppressed(file, node) && verdicts(file, node).includes("without_reason");
}

/** Whether a comment silences the whole file: `client-event-scheduler: ignore-file — reason`. */
export function isWholeFileSuppressed({ comments }: ParsedFile): boolean {
  return comments.some((comment) => verdictOf(comment, true) === "silenced");
}

function verdicts({ comments }: ParsedFile, { loc }: SyntaxNode): readonly Verdict[] {
  const { line } = loc.start;
  const near = comments.filter(({ from, until }) => line >= from && line <= until + 1);
  return near.map((comment) => verdictOf(comment, false));
}

function verdictOf({ text }: Comment, wholeFile: boolean): Verdict {
  const match = MARK.exec(text);
  if (match === null || (match[1] !== undefined) !== wholeFile) {
    return null;
  }
  return match[2] === undefined ? "without_reason" : "silenced";
}
