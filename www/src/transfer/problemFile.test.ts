import { expect, it } from "vitest";
import { problemFile } from "./problemFile";

it("has one line a problem, and nothing that a spreadsheet would take for a formula", () => {
  const rows = [
    {
      row: 2,
      line: 7,
      event_id: "=cmd",
      problems: [
        {
          field: "timezone",
          code: "TIME_ZONE_UNKNOWN",
          message: 'PST is not an IANA time zone, did you mean "Asia/Manila"?',
        },
        { field: "end_datetime", code: "DATE_ORDER", message: "comes before start_datetime" },
      ],
    },
    { row: 3, line: undefined, event_id: null, problems: [{ field: "", code: "JSON_SYNTAX", message: "two\nlines" }] },
  ];
  expect(problemFile(rows)).toBe(
    [
      "row,line,event_id,field,code,message",
      `2,7,'=cmd,timezone,TIME_ZONE_UNKNOWN,"PST is not an IANA time zone, did you mean ""Asia/Manila""?"`,
      "2,7,'=cmd,end_datetime,DATE_ORDER,comes before start_datetime",
      '3,,,,JSON_SYNTAX,"two\nlines"',
      "",
    ].join("\r\n"),
  );
});
