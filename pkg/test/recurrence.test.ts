import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { InvalidInputError, RecurrencePreview } from "../src/index.js";
import { makeScheduler } from "./support/schedulers.js";

const fixture = (name: string): string[] =>
  readFileSync(new URL(`../../tests/fixtures/recurrence/${name}.txt`, import.meta.url), "utf8")
    .split("\n")
    .slice(0, -1);

/** What `tests/recurrence/previews.rs` asks the native core. */
const asked: string[][] = [
  ...fixture("published")
    .filter((line) => !/^[#=]/.test(line))
    .map((line) => [(line.split("|")[1] as string).trim().replaceAll(" ", "\n"), "", ""]),
  ...fixture("typed")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.split("|").map((part) => part.trim())),
];

function shown({ description, text, occurrences, complete, stopped }: RecurrencePreview): string {
  const times = occurrences.map((at) => ` ${new Date(at).toISOString()}`).join("");
  const end = `${complete ? "" : " ..."}${stopped === null ? "" : ` ${stopped}`}`;
  return `${description ?? ""} | ${text.replaceAll("\n", " ")} |${times}${end}`;
}

const refused = ({ problems }: InvalidInputError): string =>
  problems.map(({ field, code, message }) => `${field} ${code}: ${message}`).join(" & ");

describe("previewRecurrence", () => {
  it("says in the page what the native core says, of every published case and of what cannot be read", async () => {
    const { scheduler } = makeScheduler({ defaultTimeZone: undefined });
    const answers: string[] = [];
    for (const [text = "", start = "", timeZone = ""] of asked) {
      const options = { after: 0, limit: 12, start, timeZone };
      answers.push(await scheduler.previewRecurrence(text, options).then(shown, refused));
    }
    expect(answers).toEqual(fixture("previews"));
  });

  it("takes an object, counts from now, and falls back on the scheduler's zone", async () => {
    const { scheduler, clock } = makeScheduler({ defaultTimeZone: "Europe/Berlin" });
    clock.moveTo("2026-06-02T12:00:00Z");
    const definition = { frequency: "weekly", by_day: ["TU"], start: "2026-01-06T19:00" } as const;
    const preview = await scheduler.previewRecurrence(definition, { limit: 2 });
    expect(preview).toMatchObject({
      description: "every week on Tuesday at 19:00",
      complete: false,
      stopped: null,
      occurrences: [Date.parse("2026-06-02T17:00Z"), Date.parse("2026-06-09T17:00Z")],
    });
    expect(await scheduler.previewRecurrence(preview.definition ?? "", { limit: 2 })).toEqual(preview);
    expect(await scheduler.previewRecurrence(preview.text, { limit: 2 })).toEqual(preview);
  });

  it.each([
    [7 as unknown as string, {}, "recurrence"],
    [undefined as unknown as string, {}, "recurrence"],
    ["FREQ=DAILY", { start: 5 as unknown as string }, "start"],
    ["FREQ=DAILY", { timeZone: 5 as unknown as string }, "timezone"],
    ["FREQ=DAILY", { after: Number.NaN }, "after"],
    ["FREQ=DAILY\0", { start: "2026-01-01", timeZone: "UTC" }, "FREQ"],
  ])("refuses %j with %j, naming %s", async (recurrence, options, field) => {
    const { scheduler } = makeScheduler();
    await expect(scheduler.previewRecurrence(recurrence, options)).rejects.toMatchObject({
      code: "INVALID_INPUT",
      problems: [{ field }],
    });
  });
});
