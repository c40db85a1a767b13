import type { RowProblems } from "../api/transfer";

/** A refused row, with the line on which it begins where that is known. */
export interface RefusedRow extends RowProblems {
  readonly line: number | undefined;
}

const COLUMNS = ["row", "line", "event_id", "field", "code", "message"];

/** The refused rows as a table for a spreadsheet (RFC 4180), one line a problem. */
export function problemFile(rows: readonly RefusedRow[]): string {
  const lines = rows.flatMap(({ row, line, event_id, problems }) =>
    problems.map(({ field, code, message }) => [row, line ?? "", event_id ?? "", field, code, message]),
  );
  return [COLUMNS, ...lines].map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

/** What could be taken for a formula is told to be text. */
function cell(value: string | number): string {
  const text = String(value).replace(/^([=+\-@\t\r])/, "'$1");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
