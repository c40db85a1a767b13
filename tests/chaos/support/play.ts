import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./fault.js";
import { judge, type Outcome, wrongStates } from "./laws.js";
import { Run } from "./run.js";

const PATIENCE_MS = 10_000;
/** Whoever has something to deliver that was delivered already does it when it begins to act. */
const AFTERMATH_MS = 1500;
/** Some hundred events and what became of them take a few dozen kilobytes. */
const MOST_STORED_BYTES = 10_000_000;

/** Plays one run of a fault, and judges it. */
export async function play(fault: Fault, seed: number): Promise<Outcome> {
  const run = await Run.start(fault, seed);
  try {
    const wrong: string[] = [];
    await fault.strike(run).catch((thrown: unknown) => wrong.push(String(thrown)));
    run.over = performance.now();
    const done = await run.allDone(fault.patienceMs ?? PATIENCE_MS);
    // What still goes on is interrupted when the tabs close.
    if (!done) run.strike(null);
    wrong.push(...(await wrongStates(fault, run)));
    if (fault.forgets !== true) wrong.push(...(await aftermath(fault, run)));
    const outcome = await judge(fault, run);
    return { ...outcome, wrong: [...wrong, ...outcome.wrong] };
  } finally {
    await run.end();
  }
}

/** One more tab opens and the others close: it takes over, and must know that everything is done. */
async function aftermath(fault: Fault, run: Run): Promise<string[]> {
  const before = run.ledger.entries.length;
  const others = run.alive;
  const last = await run.openTab();
  await last.ready();
  await Promise.all(others.map((tab) => tab.close()));
  const acting = await run.ledger.within(fault.insecure === true ? 40_000 : 5000, () =>
    run.ledger.roles.some(({ tab, role }) => tab === last.name && (role === "acting" || role === "solo")),
  );
  if (!acting) return [`${last.name}, the only tab that is left, does not act`];
  await sleep(AFTERMATH_MS);
  const wrong = await wrongStates(fault, run);
  const late = run.ledger.entries.slice(before);
  if (late.length > 0 && fault.eachTabActs !== true) {
    wrong.push(`${late.length} deliveries came again when all was done, first ${late[0]?.triggerId}`);
  }
  const stored = await last.storedBytes();
  if (stored > MOST_STORED_BYTES) wrong.push(`${stored} bytes are stored`);
  return wrong;
}
