import { describe, expect, it } from "vitest";
import { encodeBytes } from "../scripts/wasm-text.mjs";
import { fieldsJson, fieldsText, putFields } from "../src/engine/encode.js";
import type { EventFields } from "../src/index.js";
import { decodeBytes } from "../src/wasm/inline.js";
import { Random, SEED } from "./support/random.js";

const VALUES: readonly unknown[] = [
  undefined,
  null,
  true,
  false,
  0,
  -1.5,
  Number.NaN,
  1.7e12,
  "",
  "a",
  "ab",
  "abc",
  "2026-06-04T12:00:00Z",
  "x".repeat(200),
  new Date(0),
  new Date(Number.NaN),
  [],
  {},
  () => 1,
  7n,
  Symbol("s"),
];
const NAMES = [
  "registration_start_date",
  "registration_end_date",
  "start_datetime",
  "end_datetime",
  "certificate_start_date",
  "certificate_end_date",
  "timezone",
  "status",
  "event_approval_status",
  "approval_required",
  "revision",
  "published",
] as const;

describe("the two writers of fields", () => {
  it(`give the same bytes (seed ${SEED})`, () => {
    const random = new Random(SEED);
    const view = new Uint8Array(4096);
    for (let run = 0; run < 2000; run += 1) {
      const event = Object.fromEntries(NAMES.map((name) => [name, random.pick(VALUES)])) as EventFields;
      const id = random.pick(VALUES);
      const length = putFields(view, id, event);
      expect(new TextDecoder().decode(view.subarray(0, length))).toBe(fieldsText(id, event));
    }
  });

  it("leave to the other what is not ASCII or does not fit", () => {
    expect(putFields(new Uint8Array(4096), "é", {})).toBe(-1);
    expect(putFields(new Uint8Array(4096), "a", { published: "é" as never })).toBe(-1);
    for (let room = 0; room < 30; room += 1) {
      const length = putFields(new Uint8Array(room), "abcd", { revision: 12 });
      expect(length).toBe(room < fieldsText("abcd", { revision: 12 }).length ? -1 : 32);
    }
  });
});

describe("fields as JSON", () => {
  it("say what JSON.stringify says, where that has a form", () => {
    const event = { start_datetime: 'a "quoted" \\ text\n', timezone: "é", revision: 3, published: true, status: null };
    expect(JSON.parse(fieldsJson("a", event))).toEqual({ event_id: "a", ...event });
    expect(fieldsJson(undefined, {})).toBe("{}");
    expect(fieldsJson(undefined, { revision: 1 })).toBe('{"revision":1}');
  });
});

describe("bytes as text", () => {
  it(`come back as they were, without a character that wants escaping (seed ${SEED})`, () => {
    const random = new Random(SEED);
    for (const length of [0, 1, 255, 10_000]) {
      const bytes = Uint8Array.from({ length }, () => (random.below(3) === 0 ? 0 : random.below(256)));
      const text = encodeBytes(bytes);
      expect(text).toMatch(/^[ !#-[\]-~]*$/);
      expect(decodeBytes(text)).toEqual(bytes);
    }
  });
});
