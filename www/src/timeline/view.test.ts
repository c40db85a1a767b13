import { expect, it } from "vitest";
import { msPerPixel, transformFor, viewOf } from "./view";

const DAY = 24 * 3_600_000;
const from = Date.parse("2030-05-01T00:00:00Z");

it.each([[1], [42], [1_000]])("shows the %d days that it was asked for, to the second", (days) => {
  const wanted = { from, until: from + days * DAY };
  const shown = viewOf(transformFor(wanted, 1_200), 1_200);
  expect(Math.abs(shown.from - wanted.from)).toBeLessThan(1_000);
  expect(Math.abs(shown.until - wanted.until)).toBeLessThan(1_000);
});

it("goes no closer than half an hour and no further than twenty years", () => {
  const closest = msPerPixel(transformFor({ from, until: from + 1 }, 1_300)) * 1_300;
  const furthest = msPerPixel(transformFor({ from, until: from + 100_000 * DAY }, 1_300)) * 1_300;
  expect([Math.round(closest / 60_000), Math.round(furthest / DAY / 365)]).toEqual([30, 20]);
});
