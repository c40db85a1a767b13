import { expect, it } from "vitest";
import { isoSpan, spanMs } from "./span";

it.each([
  [spanMs(1, "weeks"), "P7D"],
  [spanMs(-2, "days"), "-P2D"],
  [spanMs(36, "hours"), "P1DT12H"],
  [-90 * 60_000, "-PT1H30M"],
  [1_500, "PT1S"],
  [0, "P0D"],
])("%d ms is %s to the server", (ms, expected) => {
  expect(isoSpan(ms)).toBe(expected);
});
