import type { Schemas } from "./description";
import { csrfHeader, type Query, request, withQuery } from "./http";
import { ApiError } from "./problem";
import { z } from "./zod";

export type ImportReport = Schemas["ImportReport"];
export type RowProblems = Schemas["RowProblems"];

const events = "/api/v1/admin/events";

const fieldProblem = z.looseObject({ field: z.string(), code: z.string(), message: z.string() });
const rowProblems = z.looseObject({ row: z.number(), problems: z.array(fieldProblem) });
const report = z.looseObject({
  import_id: z.string(),
  state: z.enum(["running", "finished", "interrupted", "broken_off"]),
  mode: z.enum(["upsert", "create"]),
  dry_run: z.boolean(),
  rows: z.number(),
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  refused: z.number(),
  problems: z.array(rowProblems),
  started_at: z.string(),
  updated_at: z.string(),
});
const reports = z.looseObject({ imports: z.array(report) });

/** The latest imports, the latest first. */
export const listImports = async (signal: AbortSignal): Promise<readonly ImportReport[]> =>
  (await request("get", `${events}/import`, {}, reports, { signal })).imports;

/** Creates events that are at hand, each where its id is free. */
export const importRows = (rows: readonly object[]): Promise<ImportReport> =>
  request("post", `${events}/import`, {}, report, { query: { mode: "create" }, body: rows });

export interface ImportOptions {
  readonly mode: "upsert" | "create";
  readonly dryRun: boolean;
  /** For times of a calendar that name no zone. */
  readonly timeZone: string;
  readonly contentType: string;
}

export interface ImportProgress {
  /** The part of the file that was sent, from 0 to 1. */
  readonly sent: number;
  /** Rows that the server has dealt with. */
  readonly rows: number;
}

/**
 * Sends a file, which is read while it is sent. `onProgress` is told how far it has come. Rejects with `ApiError` where nothing
 * was imported, and with the signal's reason where it was stopped; what was written by then stays.
 */
export function importFile(
  file: Blob,
  options: ImportOptions,
  onProgress: (progress: ImportProgress) => void,
  signal: AbortSignal,
): Promise<ImportReport> {
  const { mode, dryRun, timeZone, contentType } = options;
  const query: Query = { mode, dry_run: dryRun, time_zone: timeZone };
  const exchange = new XMLHttpRequest();
  const answer = new ReportReader();
  let sent = 0;
  const tell = () => onProgress({ sent, rows: answer.rows });
  // Only this interface tells how much of a body was sent.
  exchange.upload.onprogress = ({ loaded, total }) => {
    sent = total > 0 ? loaded / total : 1;
    tell();
  };
  exchange.onprogress = () => {
    answer.read(exchange.responseText);
    tell();
  };
  const stop = () => exchange.abort();
  signal.addEventListener("abort", stop);
  return new Promise<ImportReport>((resolve, reject) => {
    exchange.onload = () => resolve(reportOf(exchange, answer));
    exchange.onerror = () => reject(new ApiError("The server cannot be reached.", 0, "UNREACHABLE"));
    exchange.onabort = () => reject(signal.reason);
    exchange.open("POST", withQuery(`${events}/import`, query));
    exchange.setRequestHeader("accept", "application/x-ndjson");
    exchange.setRequestHeader("content-type", contentType);
    for (const [name, value] of Object.entries(csrfHeader())) exchange.setRequestHeader(name, value);
    exchange.send(file);
  }).finally(() => signal.removeEventListener("abort", stop));
}

function reportOf(exchange: XMLHttpRequest, answer: ReportReader): Promise<ImportReport> {
  if (exchange.status !== 200) {
    return ApiError.fromResponse(new Response(exchange.responseText, { status: exchange.status })).then((error) => {
      throw error;
    });
  }
  const found = answer.end(exchange.responseText);
  if (found) return Promise.resolve(found);
  throw new ApiError("The answer broke off: look into the list of imports for what became of it.", 200, "BROKEN_OFF");
}

/** While an import runs, its report comes without the refused rows, which have lines of their own. */
const counts = z.looseObject({ import_id: z.string(), rows: z.number() });

/** Reads the lines of an answer as they come. */
export class ReportReader {
  #from = 0;
  #rows = 0;
  #last: unknown;

  /** How many rows were dealt with, as of the last line that was read. */
  get rows(): number {
    return this.#rows;
  }

  /** Reads the lines that have become whole in what has come so far. */
  read(text: string): void {
    for (let end = text.indexOf("\n", this.#from); end >= 0; end = text.indexOf("\n", this.#from)) {
      this.#take(text.slice(this.#from, end));
      this.#from = end + 1;
    }
  }

  /** The report, where it has come whole. */
  end(text: string): ImportReport | undefined {
    this.read(text);
    this.#take(text.slice(this.#from));
    const { success, data } = report.safeParse(this.#last);
    return success && data.state !== "running" ? data : undefined;
  }

  #take(text: string): void {
    if (text.trim() === "") return;
    this.#last = parse(text);
    const { success, data } = counts.safeParse(this.#last);
    if (success) this.#rows = data.rows;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export type ExportFormat = "json" | "ics";

/** The address under which everything that the filter lets through can be downloaded. */
export const exportAddress = (format: ExportFormat, filter: Query = {}): string =>
  withQuery(`${events}/export.${format}`, filter);

/** The whole of an export, to be reduced to some of its events. */
export async function readExport(format: ExportFormat, signal: AbortSignal): Promise<string> {
  const response = await fetch(exportAddress(format), { credentials: "same-origin", signal }).catch((cause) => {
    if (signal.aborted) throw cause;
    throw new ApiError("The server cannot be reached.", 0, "UNREACHABLE");
  });
  if (!response.ok) throw await ApiError.fromResponse(response);
  return response.text();
}
