/** A kind of file that the server imports. */
export interface FileFormat {
  readonly contentType: "application/json" | "application/x-ndjson" | "text/calendar";
  readonly words: string;
}

const ARRAY: FileFormat = { contentType: "application/json", words: "JSON" };
const LINES: FileFormat = { contentType: "application/x-ndjson", words: "JSON, one event a line" };
const CALENDAR: FileFormat = { contentType: "text/calendar", words: "iCalendar" };

/** What the picker offers. */
export const ACCEPTED = ".json,.ndjson,.jsonl,.ics,application/json,text/calendar";

/** What a file is, by its beginning — its name can be wrong —; nothing for what is no import. */
export function formatOf(beginning: string): FileFormat | undefined {
  const text = beginning.replace(/^\uFEFF/, "").trimStart();
  if (/^BEGIN:VCALENDAR/i.test(text)) return CALENDAR;
  if (text.startsWith("[")) return ARRAY;
  if (text.startsWith("{")) return LINES;
  return undefined;
}

/** Reads as much of a file as tells what it is. */
export const readFormat = async (file: Blob): Promise<FileFormat | undefined> =>
  formatOf(await file.slice(0, 1_024).text());
