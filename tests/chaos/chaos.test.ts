import { writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { BROWSER } from "./support/browser.js";
import type { Fault } from "./support/fault.js";
import { FAULTS } from "./support/faults.js";
import type { Outcome } from "./support/laws.js";
import { play } from "./support/play.js";
import { faultsFound, table } from "./support/report.js";

/** `cargo xtask soak --tabs` sets these; without them it is one run of each fault. */
const { CES_CHAOS_SEED, CES_CHAOS_RUNS, CES_CHAOS_SECONDS, CES_CHAOS_FAULTS, CES_CHAOS_JSON } = process.env;
const seed = Number(CES_CHAOS_SEED ?? 1);
const runs = Number(CES_CHAOS_RUNS ?? 1);
const seconds = Number(CES_CHAOS_SECONDS ?? Number.POSITIVE_INFINITY);

const chosen = CES_CHAOS_FAULTS?.split(",");
const wanted = FAULTS.filter(({ name }) => chosen?.includes(name) ?? true);
const faults = wanted.filter(({ not }) => not?.[BROWSER] === undefined);
const outcomes: Outcome[] = [];
const inBrowser = BROWSER === "chromium" ? "" : ` --browser ${BROWSER}`;

async function judged(fault: Fault): Promise<void> {
  for (let run = seed; run < seed + runs && performance.now() < seconds * 1000; run++) {
    const outcome = await play(fault, run);
    outcomes.push(outcome);
    const replay = `cargo xtask soak --tabs${inBrowser} --faults ${fault.name} --seed ${run} --runs 1`;
    expect(faultsFound(outcome), replay).toEqual([]);
  }
}

afterAll(() => {
  for (const { title, not } of wanted) {
    if (not?.[BROWSER] !== undefined) console.log(`Not played in ${BROWSER}: ${title} (${not[BROWSER]})`);
  }
  console.log(`seeds from ${seed} on, ${runs} for each fault at most\n\n${table(outcomes)}\n`);
  if (CES_CHAOS_JSON !== undefined) writeFileSync(CES_CHAOS_JSON, `${JSON.stringify(outcomes, null, 2)}\n`);
});

describe("nothing is lost, and nothing is delivered twice", () => {
  it("because there is a fault to play", () => expect(faults).not.toEqual([]));
  it.concurrent.each(faults)("when $title ($name)", judged);
});
