import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRfc3339 } from "../competitors/j2/rfc3339.mjs";
import { randomFrom } from "../data/random.mjs";

test("every valid date is read as Date.parse reads it", () => {
  const random = randomFrom(11);
  const offsets = ["Z", "+00:00", "-00:00", "+05:30", "-07:00", "+14:00", "-23:59"];
  for (let round = 0; round < 50_000; round += 1) {
    const at = Math.floor(-6.2167e13 + random() * (2.534e14 + 6.2167e13));
    const digits = Math.floor(random() * 4);
    const text = new Date(at).toISOString().slice(0, digits === 0 ? 19 : 20 + digits);
    const full = text + offsets[Math.floor(random() * offsets.length)];
    assert.equal(parseRfc3339(full), Date.parse(full), full);
  }
});

test("every day of four centuries is read right", () => {
  for (let day = Date.UTC(1899, 11, 25); day < Date.UTC(2301, 0, 5); day += 86_400_000) {
    assert.equal(parseRfc3339(`${new Date(day).toISOString().slice(0, 19)}Z`), day);
  }
});

test("more than three digits of a second are dropped", () => {
  assert.equal(parseRfc3339("2026-01-01T00:00:00.123987Z"), Date.UTC(2026, 0, 1, 0, 0, 0, 123));
});

const MALFORMED = [
  "",
  "2026-01-01",
  "2026-01-01T00:00:00",
  "2026-13-01T00:00:00Z",
  "2026-00-01T00:00:00Z",
  "2026-02-29T00:00:00Z",
  "1900-02-29T00:00:00Z",
  "2026-04-31T00:00:00Z",
  "2026-01-00T00:00:00Z",
  "2026-01-01T24:00:00Z",
  "2026-01-01T00:60:00Z",
  "2026-01-01T00:00:60Z",
  "2026-01-01T00:00:00ZZ",
  "2026-01-01T00:00:00.Z",
  "2026-01-01T00:00:00.5",
  "2026-01-01T00:00:00+24:00",
  "2026-01-01T00:00:00+01:60",
  "2026-01-01T00:00:00+0100",
  "2026-01-01T00:00:00+01:00Z",
  "2026/01-01T00:00:00Z",
  "2026-01/01T00:00:00Z",
  "2026-01-01_00:00:00Z",
  "2026-01-01T00.00:00Z",
  "2026-01-01T00:00.00Z",
  "2O26-01-01T00:00:00Z",
  "2026-01-0:T00:00:00Z",
  "2026-01-0?T00:00:00Z",
  "2026-01-01T00:00:0\u0130Z",
];

for (const text of MALFORMED) {
  test(`${JSON.stringify(text)} is not a date`, () => assert.ok(Number.isNaN(parseRfc3339(text))));
}
