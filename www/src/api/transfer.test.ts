import { describe, expect, it } from "vitest";
import { ReportReader } from "./transfer";

const running = (rows: number) =>
  JSON.stringify({ import_id: "i", state: "running", rows, created: rows, updated: 0, unchanged: 0, refused: 0 });
const finished = JSON.stringify({
  import_id: "i",
  state: "finished",
  mode: "upsert",
  dry_run: false,
  rows: 1_001,
  created: 1_000,
  updated: 0,
  unchanged: 0,
  refused: 1,
  problems: [{ row: 7, event_id: null, problems: [{ field: "", code: "JSON_SYNTAX", message: "no JSON" }] }],
  started_at: "2030-01-01T00:00:00Z",
  updated_at: "2030-01-01T00:00:01Z",
});
const refusedRow = JSON.stringify({ row: 7, event_id: null, problems: [] });

describe("the answer to an import", () => {
  it("tells how many rows were dealt with as its lines come, also where one has come in part", () => {
    const reader = new ReportReader();
    const whole = `${running(500)}\n${refusedRow}\n${running(1_000)}\n${finished}\n`;
    const seen = new Set<number>();
    for (let length = 0; length < whole.length; length += 40) {
      reader.read(whole.slice(0, length));
      seen.add(reader.rows);
    }
    expect([...seen]).toEqual([0, 500, 1_000]);
    expect(reader.end(whole)).toMatchObject({ state: "finished", rows: 1_001, problems: [{ row: 7 }] });
    expect(reader.rows).toBe(1_001);
  });

  it("that breaks off has no report", () => {
    expect(new ReportReader().end(`${running(500)}\n`)).toBeUndefined();
    expect(new ReportReader().end(`${running(500)}\n${finished.slice(0, 80)}`)).toBeUndefined();
    expect(new ReportReader().end("")).toBeUndefined();
  });
});
