/** What is measured in the page: each library answers the same questions, and says what it has answered. */

import { Cron } from "croner";
import { rrulestr } from "rrule";
import { createScheduler } from "../../../pkg/dist/index.js";

const AFTER = Date.UTC(2026, 4, 17, 12);

/** Rules that began in this year; `cron` where the rule can be written as one. */
const rulesFrom = (year) => ({
  "daily, UTC": { rule: `DTSTART:${year}0101T090000Z\nRRULE:FREQ=DAILY` },
  "daily, Berlin": { rule: `DTSTART;TZID=Europe/Berlin:${year}0101T090000\nRRULE:FREQ=DAILY`, cron: "0 9 * * *" },
  "weekdays, Berlin": {
    rule: `DTSTART;TZID=Europe/Berlin:${year}0101T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR`,
    cron: "0 9 * * 1-5",
  },
  "last Friday of the month, Berlin": {
    rule: `DTSTART;TZID=Europe/Berlin:${year}0101T090000\nRRULE:FREQ=MONTHLY;BYDAY=-1FR`,
    cron: "0 9 * * 5#L",
  },
  "29 February, UTC": { rule: "DTSTART:20160229T090000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29" },
});

const scheduler = await createScheduler({ storage: false, tabs: false, logger: false });

const LIBRARIES = {
  ours: {
    prepare: ({ rule }) => rule,
    ask: async (rule, limit) => (await scheduler.previewRecurrence(rule, { after: AFTER, limit })).occurrences,
  },
  rrule: {
    prepare: ({ rule }) => rule,
    ask: async (rule, limit) => {
      const parsed = rrulestr(rule);
      const found = [];
      const after = new Date(AFTER);
      if (limit === 1) found.push(parsed.after(after));
      else {
        // One pass, as its iterator makes it: asking for one after the other would begin anew each time.
        parsed.all((date) => {
          if (date > after) found.push(date);
          return found.length < limit;
        });
      }
      return found.map((date) => date.getTime());
    },
  },
  croner: {
    prepare: ({ cron }) => cron,
    ask: async (cron, limit) => {
      const job = new Cron(cron, { timezone: "Europe/Berlin", paused: true });
      const runs = limit === 1 ? [job.nextRun(new Date(AFTER))] : job.nextRuns(limit, new Date(AFTER));
      return runs.map((date) => date.getTime());
    },
  },
};

/** No question is asked again when it has taken so long altogether. */
const ENOUGH_MS = 3000;

/** Microseconds of one question, the median of rounds that each take about `roundMs`. */
async function time(question, roundMs, rounds) {
  let calls = 1;
  for (;;) {
    const started = performance.now();
    for (let call = 0; call < calls; call += 1) await question();
    const took = performance.now() - started;
    if (took >= roundMs) break;
    calls = Math.max(calls + 1, Math.ceil((calls * roundMs) / Math.max(took, 0.01)));
  }
  const times = [];
  const begun = performance.now();
  for (let round = 0; round < rounds && performance.now() - begun < ENOUGH_MS; round += 1) {
    const started = performance.now();
    for (let call = 0; call < calls; call += 1) await question();
    times.push(((performance.now() - started) * 1000) / calls);
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/** Every rule, every library that can say it, for one occurrence and for `many`. */
globalThis.measure = async ({ year, many, roundMs, rounds }) => {
  const rows = [];
  for (const [name, written] of Object.entries(rulesFrom(year))) {
    for (const limit of name.startsWith("29") ? [1] : [1, many]) {
      const row = { rule: name, occurrences: limit, microseconds: {} };
      let expected;
      for (const [library, { prepare, ask }] of Object.entries(LIBRARIES)) {
        const text = prepare(written);
        if (text === undefined) continue;
        const answer = (await ask(text, limit)).map((at) => new Date(at).toISOString()).join(" ");
        expected ??= answer;
        if (answer !== expected)
          throw new Error(
            `${library} disagrees about ${name}: ${answer.slice(0, 200)}; ours says ${expected.slice(0, 200)}`,
          );
        row.microseconds[library] = await time(() => ask(text, limit), roundMs, rounds);
      }
      rows.push(row);
    }
  }
  return rows;
};
