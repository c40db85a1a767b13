import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "./fault.js";
import type { Run } from "./run.js";
import type { Tab } from "./tab.js";

/** Within this a tab that has gone is replaced. */
const GONE_MS = 3000;
/** Within this one that has fallen silent is. */
const SILENT_MS = 35_000;
const HOUR_MS = 3_600_000;

const RELIEVED = /the tab that acts has been silent for too long/;

/** Waits for an instant in the first part of the plan, and names the tab that acts then. */
async function victim(run: Run): Promise<Tab> {
  await run.around(0.2, 0.45);
  return run.acting();
}

const quiet: Fault = {
  name: "quiet",
  title: "nothing",
  seconds: 8,
  strike: async (run) => void (await run.acting()),
};

const close: Fault = {
  name: "close",
  title: "the acting tab is closed",
  seconds: 8,
  async strike(run) {
    const tab = await victim(run);
    const strike = run.strike(tab);
    await tab.close();
    await run.handover(strike, GONE_MS);
  },
};

const crash: Fault = {
  name: "crash",
  title: "the acting tab crashes, three times",
  seconds: 12,
  tabs: 5,
  async strike(run) {
    for (const share of [0.15, 0.4, 0.65]) {
      await run.around(share, share + 0.1);
      const tab = await run.acting();
      const strike = run.strike(tab);
      await tab.crash();
      await run.handover(strike, GONE_MS);
    }
  },
};

const reload: Fault = {
  name: "reload",
  title: "the acting tab is reloaded",
  seconds: 8,
  async strike(run) {
    const tab = await victim(run);
    const strike = run.strike(tab);
    await tab.reload();
    await run.handover(strike, GONE_MS);
  },
};

const backForward: Fault = {
  name: "back_forward",
  title: "the acting tab goes to another page and back, and so does a waiting one",
  not: { firefox: "it keeps no page in the back/forward cache while it is driven" },
  seconds: 10,
  async strike(run) {
    const tab = await victim(run);
    const waiting = run.alive.find((other) => other !== tab) as Tab;
    await waiting.control.visit(run.url("/elsewhere"));
    const strike = run.strike(tab);
    await tab.control.visit(run.url("/elsewhere"));
    await run.handover(strike, GONE_MS);
    await sleep(run.random.integer(200, 3000));
    await Promise.all([tab, waiting].map(({ control }) => control.back()));
    await Promise.all([tab, waiting].map((other) => other.ready()));
    // The other one may have been putting something down, which another tab must not wait for.
    const { restoredFromCache } = await waiting.view();
    if (!restoredFromCache)
      throw new Error(`the page did not come from the back/forward cache: ${waiting.control.notCached}`);
  },
};

const freeze: Fault = {
  name: "freeze",
  title: "the acting tab is frozen, and thaws, three times",
  not: { firefox: "it freezes no tabs" },
  seconds: 14,
  async strike(run) {
    // Only a hidden tab can be frozen, and those in the back are.
    await (await run.openTab()).ready();
    for (const share of [0.15, 0.35, 0.55]) {
      await run.around(share, share + 0.1);
      const tab = await run.acting();
      const strike = run.strike(tab);
      await tab.control.freeze();
      await run.handover(strike, SILENT_MS);
      await sleep(run.random.integer(300, 2000));
      await tab.control.thaw();
    }
  },
};

const freezeFollower: Fault = {
  name: "freeze_follower",
  title: "a waiting tab is frozen, the acting one closed, the waiting one thaws",
  not: { firefox: "it freezes no tabs" },
  seconds: 10,
  async strike(run) {
    const acting = await run.acting();
    // The first in line for the lock.
    const next = run.alive.find((tab) => tab !== acting);
    await run.alive.findLast((tab) => tab !== acting && tab !== next)?.control.toFront();
    await next?.control.freeze();
    const tab = await victim(run);
    const strike = run.strike(tab);
    await tab.close();
    await run.handover(strike, GONE_MS);
    await next?.control.thaw();
  },
};

function hang(name: string, title: string, when: "now" | "in_handler" | "after_effect"): Fault {
  return {
    name,
    title,
    seconds: 40,
    events: 60,
    complaints: [RELIEVED],
    async strike(run) {
      await run.around(0.05, 0.1);
      const tab = await run.acting();
      const strike = run.strike(tab);
      await tab.hang(33_000, when);
      await run.handover(strike, SILENT_MS);
    },
  };
}

/** What people do to tabs, to the acting one more often than to another. */
const storm: Fault = {
  name: "storm",
  title: "tabs are closed, crash, are reloaded, frozen and opened at random, ten times",
  seconds: 24,
  events: 60,
  complaints: [RELIEVED],
  async strike(run) {
    for (let times = 0; times < 10; times++) {
      await sleep(run.random.integer(200, 1800));
      const acting = await run.acting();
      const tab = run.random.next() < 0.7 ? acting : run.random.pick(run.alive);
      const strike = run.strike(tab);
      const blows = [() => tab.close(), () => tab.crash(), () => tab.reload()];
      if (tab.control.freezes) blows.push(() => frozenFor(tab, 1000));
      await run.random.pick(blows)();
      if (tab === acting) await run.handover(strike, GONE_MS);
      while (run.alive.length < 3) await (await run.openTab()).ready();
    }
  },
};

/** One in front is not frozen; then nothing happens to it. */
async function frozenFor(tab: Tab, ms: number): Promise<void> {
  await tab.control.freeze();
  await sleep(ms);
  await tab.control.thaw();
}

const worker: Fault = {
  name: "worker",
  title: "the worker that wakes the acting tab dies",
  not: { firefox: "its driver reaches no workers" },
  seconds: 12,
  complaints: [RELIEVED],
  async strike(run) {
    const tab = await victim(run);
    run.strike(tab);
    await tab.control.endWorkers();
  },
};

const kill: Fault = {
  name: "kill",
  title: "the browser is killed, and opened again with its profile",
  seconds: 14,
  async strike(run) {
    await victim(run);
    run.strike(null);
    for (const tab of run.alive) tab.alive = false;
    await run.browser.kill();
    await run.browser.open();
    const tabs = [await run.openTab(), await run.openTab()];
    await Promise.all(tabs.map((tab) => tab.ready()));
  },
};

const clockForward: Fault = {
  name: "clock_forward",
  title: "the clock is set forward by an hour, and back",
  seconds: 10,
  clock: true,
  async strike(run) {
    await victim(run);
    run.strike(null);
    run.clock?.step(HOUR_MS);
    run.latest = run.now();
    await run.ledger.until("everything is due and delivered", 15_000, () => delivered(run));
    run.clock?.step(-HOUR_MS);
    await sleep(2500);
  },
};

const clockBack: Fault = {
  name: "clock_back",
  title: "the clock is set back by an hour, and forward",
  seconds: 12,
  clock: true,
  async strike(run) {
    await victim(run);
    run.strike(null);
    run.clock?.step(-HOUR_MS);
    await sleep(3000);
    run.clock?.step(HOUR_MS);
  },
};

const asleep: Fault = {
  name: "sleep",
  title: "the machine sleeps for eight hours",
  seconds: 10,
  clock: true,
  async strike(run) {
    await victim(run);
    run.strike(null);
    run.browser.signal("SIGSTOP");
    run.clock?.step(8 * HOUR_MS);
    await sleep(1000);
    run.browser.signal("SIGCONT");
  },
};

function delivered({ ledger, plan }: Run): boolean {
  return new Set(ledger.entries.map(({ triggerId }) => triggerId)).size >= plan.triggers.length;
}

const network: Fault = {
  name: "network",
  title: "the network is cut for four seconds",
  seconds: 10,
  // More attempts than fit into the time.
  maxAttempts: 20,
  patienceMs: 45_000,
  complaints: [/net::ERR_/, /a handler of .* failed at attempt/],
  async strike(run) {
    await victim(run);
    run.strike(null);
    run.server.cutNetwork();
    await sleep(4000);
    run.server.mendNetwork();
    run.strike(null);
  },
};

const quota: Fault = {
  name: "quota",
  title: "the quota of the origin is exhausted",
  not: { firefox: "the quota of an origin cannot be set" },
  seconds: 10,
  quotaBytes: 2_000_000,
  complaints: [/nothing is kept from here on/],
  forgets: true,
  async strike(run) {
    const tab = await victim(run);
    await tab.fillStorage();
    await run.around(0.8, 0.9);
    const { storage, issues } = await (await run.acting()).view();
    if (storage !== "memory" || !issues.includes("STORAGE_FAILED")) {
      throw new Error(`the acting tab says of its storage: ${storage}, ${issues.join(", ")}`);
    }
  },
};

/** Without locks a tab that is gone is told from one that is silent by the storage alone, if it could still write. */
function insecure(name: string, title: string, end: (tab: Tab) => Promise<void>): Fault {
  return {
    name,
    title,
    seconds: 26,
    insecure: true,
    async strike(run) {
      await run.around(0.05, 0.15);
      const tab = await run.acting();
      const strike = run.strike(tab);
      await end(tab);
      await run.handover(strike, SILENT_MS);
    },
  };
}

const noWorker: Fault = {
  name: "no_worker",
  title: "the content security policy forbids the worker: the acting tab is closed",
  seconds: 10,
  policy: "no_worker",
  complaints: [/Content.Security.Policy/],
  strike: close.strike,
};

const noStorage: Fault = {
  name: "no_storage",
  title: "the person has forbidden the page to store anything: each tab acts",
  seconds: 8,
  storesNothing: true,
  eachTabActs: true,
  forgets: true,
  complaints: [/this page may not use/, /nothing is kept/],
  async strike(run) {
    for (const tab of run.alive) {
      const { role, issues } = await tab.view();
      if (role !== "solo" || !issues.includes("EACH_TAB_ACTS")) {
        throw new Error(`${tab.name} is ${role}, and says ${issues.join(", ")}`);
      }
    }
  },
};

const noDatabase: Fault = {
  name: "no_database",
  title: "locks without a database: the acting tab is closed",
  seconds: 8,
  prelude: 'indexedDB.open = () => { throw new DOMException("forbidden", "SecurityError"); };',
  forgets: true,
  complaints: [/nothing is kept/],
  strike: close.strike,
};

/** Puts itself between the package and its module, so that a call can end as it does where the module has a bug. */
const TRAPS = `const { Instance, RuntimeError } = WebAssembly;
WebAssembly.Instance = function (module, imports) {
  const { exports } = new Instance(module, imports);
  const trapping = (name, call) => (...given) => {
    if (globalThis.trap === true && name.startsWith("clienteventscheduler_")) {
      globalThis.trap = false;
      throw new RuntimeError("unreachable");
    }
    return call(...given);
  };
  const wrapped = Object.entries(exports).map(([name, value]) => {
    return [name, typeof value === "function" ? trapping(name, value) : value];
  });
  return { exports: Object.fromEntries(wrapped) };
};`;

const trap: Fault = {
  name: "trap",
  title: "the core of the acting tab fails, three times",
  seconds: 10,
  prelude: TRAPS,
  untold: true,
  complaints: [/error: .*the core (has )?failed and was built anew/],
  async strike(run) {
    for (const share of [0.2, 0.4, 0.6]) {
      await run.around(share, share + 0.1);
      const tab = await run.acting();
      run.strike(tab);
      await tab.trap();
    }
  },
};

export const FAULTS: readonly Fault[] = [
  hang("hang", "the acting tab hangs for 33 s", "now"),
  hang("hang_in_handler", "a handler hangs for 33 s before its effect", "in_handler"),
  hang("hang_after_effect", "a handler hangs for 33 s after its effect", "after_effect"),
  insecure("insecure_crash", "plain HTTP, where there are no locks: the acting tab crashes", (tab) => tab.crash()),
  quiet,
  close,
  crash,
  reload,
  backForward,
  freeze,
  freezeFollower,
  storm,
  worker,
  kill,
  clockForward,
  clockBack,
  asleep,
  network,
  quota,
  insecure("insecure_close", "plain HTTP: the acting tab is closed", (tab) => tab.close()),
  noWorker,
  noStorage,
  noDatabase,
  trap,
];
