import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./fault.js";
import { groupBy } from "./group.js";
import type { Entry } from "./ledger.js";
import type { Run, Strike } from "./run.js";
import type { Tab } from "./tab.js";

/** What came of a run. */
export interface Outcome {
  readonly fault: string;
  readonly title: string;
  readonly seed: number;
  readonly triggers: number;
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  /** Repeated after a crash, and announced as another attempt. */
  readonly repeated: number;
  readonly handoverMs: readonly number[];
  /** Milliseconds between the due time and the call of the handler, of what was due while nothing was done to the tabs. */
  readonly visible: readonly number[];
  readonly hidden: readonly number[];
  /** Everything else that does not hold, in sentences. */
  readonly wrong: readonly string[];
  /** Who was struck and who acted when, for whoever looks into a failure. */
  readonly story: readonly string[];
}

/** An answer that was on its way when its tab was struck is lost: this long a handler, its answer and the write of it take. */
const IN_FLIGHT_MS = 2000;
/** After all that was done to the tabs, this long until everything goes its usual way. */
const UPSET_MS = 3000;

/** Of the entries of one trigger: those that must not be. */
export function duplicatesIn(entries: readonly Entry[], strikes: readonly Strike[]): Entry[] {
  let before: Entry | undefined;
  const duplicates: Entry[] = [];
  for (const entry of entries) {
    if (entry.hung) continue;
    if (before !== undefined && !(entry.attempt > before.attempt && mayRepeat(before, strikes))) duplicates.push(entry);
    before = entry;
  }
  return duplicates;
}

/** Whether the tab of this effect was struck before it could be known that it was settled. */
function mayRepeat(effect: Entry, strikes: readonly Strike[]): boolean {
  return strikes.some(({ tab, at }) => (tab === null || tab === effect.tab) && effect.at >= at - IN_FLIGHT_MS);
}

/** Pairs of deliveries of one event that were first made in the wrong order. */
export function disorder(entries: readonly Entry[]): string[] {
  const first = new Map<string, Entry>();
  for (const entry of entries) if (!first.has(entry.triggerId)) first.set(entry.triggerId, entry);
  const ofEvents = groupBy(first.values(), ({ eventId }) => eventId);
  const wrong: string[] = [];
  for (const ofEvent of ofEvents.values()) {
    // One that a tab took down with it comes first as another attempt, whenever that is.
    const made = ofEvent.filter(({ attempt, hung }) => attempt === 1 && !hung).sort(byCall);
    for (const [index, entry] of made.entries()) {
      const next = made[index + 1];
      if (next !== undefined && next.scheduledAt < entry.scheduledAt) {
        wrong.push(`${next.triggerId} (${next.tab}) came after ${entry.triggerId} (${entry.tab})`);
      }
    }
  }
  return wrong;
}

/** Requests of one page can overtake each other; its calls are counted. */
function byCall(a: Entry, b: Entry): number {
  return a.page === b.page ? a.number - b.number : a.index - b.index;
}

export async function judge(fault: Fault, run: Run): Promise<Outcome> {
  const { ledger, plan, strikes } = run;
  const ofTriggers = groupBy(ledger.entries, ({ triggerId }) => triggerId);
  const lost = plan.triggers.map(({ triggerId }) => triggerId).filter((triggerId) => !ofTriggers.has(triggerId));
  const wrong = [...disorder(fault.eachTabActs === true ? [] : ledger.entries), ...(await complaints(fault, run))];
  const duplicated: string[] = [];
  let repeated = 0;
  for (const entries of fault.eachTabActs === true ? [] : ofTriggers.values()) {
    const duplicates = duplicatesIn(entries, strikes);
    if (duplicates.length > 0) duplicated.push(described(duplicates.length, entries, strikes));
    repeated += entries.length - 1 - duplicates.length;
  }
  const known = new Set(plan.triggers.map(({ triggerId }) => triggerId));
  wrong.push(...[...ofTriggers.keys()].filter((id) => !known.has(id)).map((id) => `${id} was never planned`));
  const calm = ledger.entries.filter((entry) => entry.attempt === 1 && isCalm(run, entry));
  const lateness = (hidden: boolean) =>
    calm.filter((entry) => entry.hidden === hidden).map(({ ranAt, scheduledAt }) => ranAt - scheduledAt);
  return {
    fault: fault.name,
    title: fault.title,
    seed: run.random.seed,
    triggers: plan.triggers.length,
    lost: await Promise.all(lost.map((triggerId) => explained(run, triggerId))),
    duplicated,
    repeated,
    handoverMs: run.handovers,
    visible: lateness(false),
    hidden: lateness(true),
    wrong,
    story: story(run),
  };
}

function story({ ledger, strikes }: Run): string[] {
  const struck = strikes.map(({ tab, at }) => ({ at, line: `${tab ?? "every tab"} is struck` }));
  const roles = ledger.roles.map(({ tab, role, epoch, at }) => ({ at, line: `${tab} is ${role} (${epoch})` }));
  return [...struck, ...roles].sort((a, b) => a.at - b.at).map(({ at, line }) => `${Math.round(at)} ${line}`);
}

function described(duplicates: number, entries: readonly Entry[], strikes: readonly Strike[]): string {
  const calls = entries.map(({ tab, attempt, at, cause }) => `${tab} attempt ${attempt} ${cause} at ${Math.round(at)}`);
  const struck = strikes.map(({ tab, at }) => `${tab ?? "all"} at ${Math.round(at)}`);
  return `${entries[0]?.triggerId} (${duplicates}): ${calls.join(", ")}; struck: ${struck.join(", ")}`;
}

/** Well before anything was done, or well after. */
function isCalm({ strikes, over }: Run, { at }: Entry): boolean {
  return strikes.every((strike) => at < strike.at - 500 || at > Math.max(over, strike.at) + UPSET_MS);
}

async function explained(run: Run, triggerId: string): Promise<string> {
  const tab = run.alive[0];
  return `${triggerId}: ${(await tab?.explain(triggerId).catch(String)) ?? "no tab is left to ask"}`;
}

async function complaints(fault: Fault, run: Run): Promise<string[]> {
  const expected = fault.complaints ?? [];
  const unexpected = run.tabs.flatMap(({ name, complaints }) =>
    complaints.filter((text) => !expected.some((pattern) => pattern.test(text))).map((text) => `${name}: ${text}`),
  );
  // One cause tends to be told of many times.
  return unexpected.length > 5
    ? [...unexpected.slice(0, 5), `and ${unexpected.length - 5} more complaints`]
    : unexpected;
}

/** How far behind the page of a hidden tab may be with what it shows. */
const BEHIND_MS = 2000;

/** Where a tab shows another state than an event has, and goes on to do so. */
export async function wrongStates(fault: Fault, run: Run): Promise<string[]> {
  const until = performance.now() + BEHIND_MS;
  for (;;) {
    const wrong = (await Promise.all(run.alive.map((tab) => wrongStatesIn(fault, run, tab)))).flat();
    if (wrong.length === 0 || performance.now() > until) return wrong;
    await sleep(100);
  }
}

async function wrongStatesIn({ untold }: Fault, run: Run, tab: Tab): Promise<string[]> {
  const { told, states, now } = await tab.view();
  const right = run.plan.statesAt(now);
  const reached = run.plan.statesAt(Math.max(now, run.latest));
  const wrong: string[] = [];
  for (const [how, shown] of Object.entries(untold === true ? { states } : { told, states })) {
    const isRight = (eventId: string) => [right[eventId], reached[eventId]].includes(shown[eventId]);
    const [first, ...others] = Object.keys(right).filter((eventId) => !isRight(eventId));
    if (first === undefined) continue;
    wrong.push(
      `${tab.name}, ${how}: ${first} as ${shown[first]} instead of ${right[first]}, and ${others.length} more`,
    );
  }
  return wrong;
}
