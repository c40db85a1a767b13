import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type ImportOptions, type ImportProgress, type ImportReport, importFile } from "../api/transfer";
import { type FileFormat, readFormat } from "./fileFormat";
import type { RefusedRow } from "./problemFile";
import { rowLines } from "./rowLines";

/** A file to import, and what it is. */
export interface ChosenFile {
  readonly file: File;
  readonly format: FileFormat;
}

/** What a file would do, or has done. */
export interface Finding {
  readonly report: ImportReport;
  /** The refused rows that the report names. */
  readonly refused: readonly RefusedRow[];
}

export const IMPORTS_KEY = ["imports"] as const;

/** Reading more of a file than this into the page, only to tell on which line a row is, would take too long. */
const MOST_BYTES_FOR_LINES = 64 * 1024 * 1024;

class UnknownFormatError extends Error {
  constructor(name: string) {
    super(
      `“${name}” is neither JSON nor a calendar: choose a file with a JSON array, with one JSON object a line, or with BEGIN:VCALENDAR.`,
    );
  }
}

/** Tells what a file is. Throws `UnknownFormatError` for what cannot be imported. */
export async function chooseFile(file: File): Promise<ChosenFile> {
  const format = await readFormat(file);
  if (!format) throw new UnknownFormatError(file.name);
  return { file, format };
}

type Wanted = Pick<ImportOptions, "mode" | "timeZone" | "dryRun"> & ChosenFile;

/** Sends a file to be tried out or imported; `progress` is there while it is sent. */
export function useImport() {
  const [progress, setProgress] = useState<ImportProgress | null>(null);
  const queries = useQueryClient();
  const stopped = useRef<AbortController | null>(null);
  useEffect(() => () => stopped.current?.abort(new StoppedError()), []);
  const run = useMutation({
    mutationFn: async ({ file, format, timeZone, ...options }: Wanted): Promise<Finding> => {
      const controller = new AbortController();
      stopped.current = controller;
      setProgress({ sent: 0, rows: 0 });
      const { contentType } = format;
      const zone = contentType === "text/calendar" ? timeZone : "";
      const wanted = { ...options, contentType, timeZone: zone };
      const report = await importFile(file, wanted, setProgress, controller.signal);
      return { report, refused: await withLines(report, file, contentType) };
    },
    onSettled: () => {
      setProgress(null);
      return queries.invalidateQueries({ queryKey: IMPORTS_KEY });
    },
  });
  return { run, progress, stop: () => stopped.current?.abort(new StoppedError()) };
}

class StoppedError extends Error {
  constructor() {
    super("It was stopped. What had been written by then stays; the list below says how much that is.");
  }
}

async function withLines(
  { problems }: ImportReport,
  file: File,
  contentType: FileFormat["contentType"],
): Promise<readonly RefusedRow[]> {
  const readable = problems.length > 0 && file.size <= MOST_BYTES_FOR_LINES;
  const rows = new Set(problems.map(({ row }) => row));
  const lines = readable ? rowLines(await file.text(), contentType, rows) : new Map<number, number>();
  return problems.map((problem) => ({ ...problem, line: lines.get(problem.row) }));
}
