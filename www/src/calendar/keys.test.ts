import { CalendarDate } from "@internationalized/date";
import { expect, it } from "vitest";
import { keyTarget } from "./keys";

const pressed = (key: string, change = {}) =>
  keyTarget(
    { key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...change },
    new CalendarDate(2030, 1, 31),
    "en-GB",
  )?.toString();

it.each([
  ["ArrowLeft", "2030-01-30"],
  ["ArrowRight", "2030-02-01"],
  ["ArrowUp", "2030-01-24"],
  ["ArrowDown", "2030-02-07"],
  ["Home", "2030-01-28"],
  ["End", "2030-02-03"],
  ["PageDown", "2030-02-28"],
  ["PageUp", "2029-12-31"],
])("%s leads from the last of January to %s", (key, target) => {
  expect(pressed(key)).toBe(target);
});

it("leads through years with Shift, and leaves other keys alone", () => {
  expect(pressed("PageUp", { shiftKey: true })).toBe("2029-01-31");
  expect(pressed("a")).toBeUndefined();
  expect(pressed("ArrowLeft", { altKey: true })).toBeUndefined();
});
