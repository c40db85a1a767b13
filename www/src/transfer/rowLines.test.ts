import { describe, expect, it } from "vitest";
import { formatOf } from "./fileFormat";
import { rowLines } from "./rowLines";

const linesOf = (text: string, contentType: Parameters<typeof rowLines>[1], rows: readonly number[]) =>
  Object.fromEntries(rowLines(text, contentType, new Set(rows)));

describe("the line of a row", () => {
  it("of a JSON array is where its element begins, however it is laid out", () => {
    const text = '[\n  {"event_id": "a"},\n\n  {\n    "event_id": "b"\n  }, {"event_id": "c"}\n]';
    expect(linesOf(text, "application/json", [1, 2, 3])).toEqual({ 1: 2, 2: 4, 3: 6 });
  });

  it("is not led astray by brackets, commas and quotes inside strings, or by nesting", () => {
    const text = '[{"event_id":"a,[\\"{", "x":[[1,2],{"y":3}]},\n{"event_id":"b"},\n7]';
    expect(linesOf(text, "application/json", [1, 2, 3, 4])).toEqual({ 1: 1, 2: 2, 3: 3 });
  });

  it("of JSON lines leaves blank lines out", () => {
    expect(linesOf('{"event_id":"a"}\n\n{"event_id":"b"}\n', "application/x-ndjson", [1, 2])).toEqual({ 1: 1, 2: 3 });
  });

  it("of a calendar is where its event begins", () => {
    const text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:b\r\nEND:VEVENT\r\n";
    expect(linesOf(text, "text/calendar", [2])).toEqual({ 2: 5 });
  });

  it("of an empty array is none", () => {
    expect(linesOf("[ ]", "application/json", [1])).toEqual({});
  });
});

it.each([
  ["\uFEFF  [ {", "application/json"],
  ['{"event_id":"a"}\n', "application/x-ndjson"],
  ["begin:vcalendar\r\n", "text/calendar"],
  ["<html>", undefined],
  ["", undefined],
])("a file that begins with %j is %s", (beginning, expected) => {
  expect(formatOf(beginning)?.contentType).toBe(expected);
});
