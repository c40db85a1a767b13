import { expect, it } from "vitest";
import { windowsOf } from "./windows";

const DAY = 24 * 3_600_000;
const event = (dates: Record<string, string>) => ({ event_id: "e", timezone: "Europe/Vienna", ...dates });
const base = { start_datetime: "2030-06-10T09:00", end_datetime: "2030-06-12T17:00" };
const spans = (dates: Record<string, string>) =>
  windowsOf(event(dates)).map(({ kind, from, until, openStart, openEnd }) => [
    kind,
    new Date(from).toISOString().slice(0, 16),
    (until - from) / DAY,
    openStart,
    openEnd,
  ]);

it("draws an event from its start to its end, in its own zone", () => {
  expect(spans(base)).toEqual([["event", "2030-06-10T07:00", 2 + 8 / 24, false, false]]);
});

it("draws nothing of a draft, and nothing that runs backwards", () => {
  expect(spans({ start_datetime: "2030-06-10T09:00" })).toEqual([]);
  expect(spans({ ...base, end_datetime: "2030-06-09T09:00" })).toEqual([]);
});

it("lets a registration without an end run to the start, and marks what has no beginning or end", () => {
  expect(spans({ ...base, registration_start_date: "2030-06-01T09:00" })[0]).toEqual([
    "registration",
    "2030-06-01T07:00",
    9,
    false,
    false,
  ]);
  expect(spans({ ...base, registration_end_date: "2030-06-01T09:00" })[0]?.slice(2)).toEqual([14, true, false]);
  expect(spans({ ...base, certificate_start_date: "2030-06-13T09:00" })[1]?.slice(2)).toEqual([14, false, true]);
  expect(spans({ ...base, certificate_end_date: "2030-06-14T17:00" })[1]).toEqual([
    "certificates",
    "2030-06-12T15:00",
    2,
    false,
    false,
  ]);
});
