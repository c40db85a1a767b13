import { expect, it } from "vitest";
import { axisOf } from "./axis";

const DAY = 24 * 3_600_000;
const from = new Date(2030, 0, 10, 7).getTime();

it.each([
  ["hours within days", DAY, 2],
  ["days within months", 40 * DAY, 2],
  ["months within years", 500 * DAY, 2],
  ["years", 20 * 365 * DAY, 20],
])("tells %s", (_, span, atLeast) => {
  const { major, minor } = axisOf({ from, until: from + span }, 1_000);
  expect(minor.length).toBeGreaterThan(4);
  expect(minor.length).toBeLessThan(26);
  expect(major.length).toBeGreaterThanOrEqual(atLeast);
  expect(major[0]?.at).toBeLessThanOrEqual(from);
  expect(new Set(minor.map(({ label }) => label)).size).toBeGreaterThan(2);
});
