import { expect, it } from "vitest";
import { newEventId, slug } from "./eventId";

it.each([
  ["Café & Code 2026", "cafe-code-2026"],
  ["  --Hello--  ", "hello"],
  ["北京马拉松", ""],
  [`${"very ".repeat(30)}long`, `${"very-".repeat(11)}very`],
])("makes a slug of %s", (name, expected) => {
  expect(slug(name)).toBe(expected);
});

it("gives every event an id of its own, within the length that ids may have", () => {
  const made = Array.from({ length: 200 }, () => newEventId("Spring Run"));
  expect(new Set(made).size).toBe(200);
  for (const id of made) expect(id).toMatch(/^spring-run-[a-z2-9]{6}$/);
  expect(newEventId("北京")).toMatch(/^event-[a-z2-9]{6}$/);
  expect(newEventId("x".repeat(500)).length).toBeLessThanOrEqual(128);
});
