import type { FileFormat } from "./fileFormat";

/**
 * The lines, counted from 1, on which rows begin: `lines.get(row)` for each row in `rows`, both counted from 1. A row that the file does not
 * have is left out.
 */
export function rowLines(
  text: string,
  contentType: FileFormat["contentType"],
  rows: ReadonlySet<number>,
): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  let row = 0;
  const begins = (line: number) => {
    row += 1;
    if (rows.has(row)) found.set(row, line);
    return found.size < rows.size;
  };
  if (contentType === "application/json") walkArray(text, begins);
  else walkLines(text, contentType === "text/calendar" ? isEvent : isFilled, begins);
  return found;
}

/** Is told the line of each row; answers whether more are wanted. */
type Begins = (line: number) => boolean;

const isEvent = (line: string): boolean => /^BEGIN:VEVENT\s*$/i.test(line);
const isFilled = (line: string): boolean => line.trim() !== "";

function walkLines(text: string, isRow: (line: string) => boolean, begins: Begins): void {
  for (const [place, line] of text.split("\n").entries()) {
    if (isRow(line) && !begins(place + 1)) return;
  }
}

/** Goes through a JSON array without reading it: only strings and nesting matter. */
function walkArray(text: string, begins: Begins): void {
  let line = 1;
  let depth = 0;
  let awaited = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "\n") line += 1;
    if (character === undefined || /\s/.test(character)) continue;
    if (depth === 1 && awaited && character !== "]") {
      awaited = false;
      if (!begins(line)) return;
    }
    if (character === '"') at = endOfString(text, at);
    else if (character === "[" || character === "{") {
      depth += 1;
      awaited ||= depth === 1;
    } else if (character === "]" || character === "}") depth -= 1;
    else if (character === "," && depth === 1) awaited = true;
  }
}

/** Where the string that begins at `from` ends; JSON allows no line break inside one. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}
