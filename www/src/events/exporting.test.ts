import { expect, it } from "vitest";
import { reduceCalendar, reduceJson } from "./exporting";

const event = (uid: string) => ["BEGIN:VEVENT", ...uid.split("|"), "SUMMARY:x", "END:VEVENT"];
const calendar = (...uids: readonly string[]) =>
  ["BEGIN:VCALENDAR", "BEGIN:VTIMEZONE", "TZID:UTC", "END:VTIMEZONE", ...uids.flatMap(event), "END:VCALENDAR", ""].join(
    "\r\n",
  );

it("a reduced calendar has the wanted events, and everything around them", () => {
  const whole = calendar("UID:a", "UID:b", "UID:c");
  expect(reduceCalendar(whole, new Set(["b"]))).toBe(calendar("UID:b"));
  expect(reduceCalendar(whole, new Set(["a", "b", "c"]))).toBe(whole);
});

it("knows an event whose id is folded over lines, or has characters that are escaped", () => {
  const folded = calendar("UID:a-rather-long| -id", String.raw`UID:one\, two\;three\\four`);
  expect(reduceCalendar(folded, new Set(["a-rather-long-id"]))).toBe(calendar("UID:a-rather-long| -id"));
  expect(reduceCalendar(folded, new Set([String.raw`one, two;three\four`]))).toBe(
    calendar(String.raw`UID:one\, two\;three\\four`),
  );
});

it("a reduced JSON export keeps each event as it was", () => {
  const text = JSON.stringify([{ event_id: "a", nested: { x: [1] } }, { event_id: "b" }]);
  expect(JSON.parse(reduceJson(text, new Set(["a"])))).toEqual([{ event_id: "a", nested: { x: [1] } }]);
});
