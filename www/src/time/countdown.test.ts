import { describe, expect, it } from "vitest";
import { formatCountdown, nearness } from "./countdown";

describe("formatCountdown", () => {
  it.each([
    [0, "now"],
    [-5_000, "now"],
    [1, "0:01"],
    [14_000, "0:14"],
    [14_001, "0:15"],
    [59_001, "1:00"],
    [3_599_000, "59:59"],
    [3_600_000, "1:00:00"],
    [3 * 3_600_000 + 5 * 60_000 + 9_000, "3:05:09"],
    [86_400_000 - 1, "1 d 00 h"],
    [12 * 86_400_000 + 4 * 3_600_000 + 59 * 60_000, "12 d 04 h"],
  ])("writes %d ms as %s", (remaining, written) => {
    expect(formatCountdown(remaining)).toBe(written);
  });

  it("never shows zero before the trigger is due", () => {
    for (let remaining = 1; remaining < 2_000; remaining += 7) expect(formatCountdown(remaining)).not.toBe("now");
  });
});

it("weighs a countdown by how near it is", () => {
  expect(nearness(60_000)).toBe("imminent");
  expect(nearness(60_001)).toBe("today");
  expect(nearness(86_400_001)).toBe("later");
});
