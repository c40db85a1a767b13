import { expect, it } from "vitest";
import { formatDuration, latenessWords } from "./duration";

it.each([
  [0, "0 ms"],
  [12, "12 ms"],
  [3_240, "3.2 s"],
  [59_999, "59.9 s"],
  [5 * 60_000, "5 min"],
  [3 * 3_600_000 + 20 * 60_000, "3 h 20 min"],
  [3 * 3_600_000, "3 h"],
  [52 * 3_600_000, "2 d 4 h"],
])("writes %d ms as %s", (ms, words) => {
  expect(formatDuration(ms)).toBe(words);
});

it("calls a trigger late only from a second on", () => {
  expect([15, 999, 1_000, 90_000].map(latenessWords)).toEqual([
    "on the second",
    "on the second",
    "1 s late",
    "1 min late",
  ]);
});
