import { describe, expect, it } from "vitest";
import type { EventRow } from "../scheduler/eventIndex";
import {
  countByStatus,
  filterByStatus,
  filterRows,
  type ListFilter,
  NO_FILTER,
  searchRows,
  sortRows,
} from "./listQuery";

const row = (event_id: string, fields: Record<string, unknown>, dueAt?: number): EventRow => {
  return {
    event: { status: "upcoming", sub_status: "registration_open", ...fields, event_id } as EventRow["event"],
    nextTrigger:
      dueAt === undefined ? undefined : { triggerId: `${event_id}@`, eventId: event_id, kind: "event_start", dueAt },
  };
};

const rows = [
  row("b", { event_name: "Brno Marathon", venue: "Brno", timezone: "UTC", start_datetime: "2026-02-01" }, 200),
  row("a", { event_name: "Árpád Cup", venue: "Győr", timezone: "UTC", start_datetime: "2026-03-01" }, 300),
  row("past", {
    event_name: "Café Run",
    venue: "Wien",
    timezone: "UTC",
    start_datetime: "2025-01-01",
    status: "completed",
  }),
  row("older", {
    event_name: "City Run",
    venue: "Wien",
    timezone: "UTC",
    start_datetime: "2024-01-01",
    status: "completed",
  }),
  row("undated", { status: "draft" }),
];
const ids = (some: readonly EventRow[]) => some.map(({ event }) => event.event_id);

describe("searchRows", () => {
  it("wants every word, in the name, the venue or the id", () => {
    expect(ids(searchRows(rows, "run WIEN"))).toEqual(["past", "older"]);
    expect(ids(searchRows(rows, "undated"))).toEqual(["undated"]);
    expect(ids(searchRows(rows, "run brno"))).toEqual([]);
  });

  it("finds everything for blanks", () => {
    expect(searchRows(rows, "  ")).toBe(rows);
  });
});

describe("sortRows", () => {
  it("puts the next trigger first and what has none last, most recent start on top", () => {
    expect(ids(sortRows(rows, { by: "next", descending: false }))).toEqual(["b", "a", "past", "older", "undated"]);
  });

  it("puts the latest start first", () => {
    expect(ids(sortRows(rows, { by: "start", descending: true }))).toEqual(["a", "b", "past", "older", "undated"]);
  });

  it("sorts names as people do, and nameless events by their id", () => {
    expect(ids(sortRows(rows, { by: "name", descending: false }))).toEqual(["a", "b", "past", "older", "undated"]);
  });

  it("turns round, but for what has no value, which stays last", () => {
    expect(ids(sortRows(rows, { by: "start", descending: false }))).toEqual(["older", "past", "b", "a", "undated"]);
    expect(ids(sortRows(rows, { by: "next", descending: true }))).toEqual(["a", "b", "past", "older", "undated"]);
    expect(ids(sortRows(rows, { by: "name", descending: true }))).toEqual(["undated", "older", "past", "b", "a"]);
  });

  it("leaves its argument alone", () => {
    const before = ids(rows);
    sortRows(rows, { by: "name", descending: false });
    expect(ids(rows)).toEqual(before);
  });
});

describe("filterRows", () => {
  const filter = (change: Partial<ListFilter>) => ids(filterRows(rows, { ...NO_FILTER, ...change }));

  it("lets everything through where nothing restricts", () => {
    expect(filterRows(rows, NO_FILTER)).toBe(rows);
  });

  it("lets through what starts on the days that are asked for, both included", () => {
    expect(filter({ from: "2026-02-01" })).toEqual(["b", "a"]);
    expect(filter({ from: "2025-01-01", until: "2026-02-01" })).toEqual(["b", "past"]);
    expect(filter({ until: "2024-12-31" })).toEqual(["older"]);
  });

  it("wants one of the values of each restriction", () => {
    expect(filter({ zone: ["UTC"] })).toEqual(["b", "a", "past", "older"]);
    expect(filter({ approval: ["unstated"], zone: ["Europe/Vienna"] })).toEqual([]);
    expect(filter({ subStatus: ["registration_open", "event_ended"], from: "2026-03-01" })).toEqual(["a"]);
  });
});

it("counts and filters by status", () => {
  expect(Object.fromEntries(countByStatus(rows))).toEqual({ all: 5, upcoming: 2, completed: 2, draft: 1 });
  expect(ids(filterByStatus(rows, "draft"))).toEqual(["undated"]);
  expect(filterByStatus(rows, "all")).toBe(rows);
});
