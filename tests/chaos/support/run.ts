import { setTimeout as sleep } from "node:timers/promises";
import { type ChaosBrowser, newBrowser } from "./browser.js";
import { ChaosServer } from "./chaos-server.js";
import type { Fault } from "./fault.js";
import { Plan } from "./plan.js";
import { Random } from "./random.js";
import { WallClock } from "./shim.js";
import type { Tab } from "./tab.js";
import type { TabSettings } from "./wire.js";

/** From the announcement of the plan until the first trigger is due. */
const LEAD_MS = 2500;
const HOST = "chaos.test";

/** Something that was done to a tab, or (`null`) to all of them. */
export interface Strike {
  readonly tab: string | null;
  /** In milliseconds by the clock of the ledger. */
  readonly at: number;
}

/** One browser, its tabs, and what is done to them. */
export class Run {
  readonly random: Random;
  readonly tabs: Tab[] = [];
  readonly strikes: Strike[] = [];
  /** Milliseconds until another tab had an effect. */
  readonly handovers: number[] = [];
  /** The latest time that the tabs have seen: states go by it, as they never run backwards. */
  latest = 0;
  /** When everything had been done that was to be done to the tabs, by the clock of the ledger. */
  over = 0;
  readonly #fault: Fault;
  #opened = 0;

  private constructor(
    fault: Fault,
    seed: number,
    readonly server: ChaosServer,
    readonly browser: ChaosBrowser,
    readonly clock: WallClock | null,
    readonly plan: Plan,
  ) {
    this.#fault = fault;
    this.random = new Random(seed);
  }

  static async start(fault: Fault, seed: number): Promise<Run> {
    const server = await ChaosServer.start(fault.policy ?? "strict", { prelude: fault.prelude ?? "" });
    const clock = fault.clock === true ? new WallClock() : null;
    const browser = newBrowser({
      environment: clock?.environment ?? {},
      storesNothing: fault.storesNothing ?? false,
      ...(fault.insecure === true ? { host: HOST } : {}),
    });
    // The instants of the plan are decided when the tabs wait for it.
    const plan = new Plan(new Random(seed), fault.seconds, fault.events ?? 40);
    const run = new Run(fault, seed, server, browser, clock, plan);
    try {
      await browser.open();
      for (let tab = 0; tab < (fault.tabs ?? 3); tab++) await run.openTab();
      plan.begin(run.now() + LEAD_MS);
      server.announce(plan);
      await Promise.all(run.tabs.map((tab) => tab.ready()));
      if (run.now() > plan.from) throw new Error("the tabs were not ready in time: is the machine overloaded?");
    } catch (thrown) {
      await run.end();
      throw thrown;
    }
    return run;
  }

  get ledger() {
    return this.server.ledger;
  }

  /** By the clock of the tabs. */
  now(): number {
    return this.clock?.now() ?? Date.now();
  }

  url(path: string): string {
    return `http://${this.#fault.insecure === true ? HOST : "127.0.0.1"}:${this.server.port}${path}`;
  }

  /** The newest tab is in front. */
  async openTab(): Promise<Tab> {
    this.#opened += 1;
    const tab = `tab-${this.#opened}`;
    const { maxAttempts = 5, knownFrom = "initialize" } = this.#fault;
    const settings: TabSettings = { tab, events: this.#opened === 1 ? "initialize" : knownFrom, maxAttempts };
    const query = new URLSearchParams(Object.entries(settings).map(([name, value]) => [name, String(value)]));
    const opened = await this.browser.openTab(tab, this.url(`/?${query}`), this.#fault);
    this.tabs.push(opened);
    return opened;
  }

  get alive(): Tab[] {
    return this.tabs.filter(({ alive }) => alive);
  }

  tab(name: string | null): Tab {
    const tab = this.tabs.find((candidate) => candidate.name === name);
    if (tab === undefined) throw new Error(`there is no tab ${name}`);
    return tab;
  }

  /** The tab that acts. */
  async acting(): Promise<Tab> {
    await this.ledger.until("a tab says that it acts", 10_000, () => this.ledger.acting !== null);
    return this.tab(this.ledger.acting);
  }

  /** Waits for an instant between two shares of the plan, close to one at which something is due. */
  async around(from: number, until: number): Promise<void> {
    const { triggers } = this.plan;
    const near = triggers[Math.floor((from + this.random.next() * (until - from)) * triggers.length)];
    if (near === undefined) throw new Error("the plan is too short");
    await sleep(Math.max(0, near.dueAt + this.random.integer(-20, 60) - this.now()));
  }

  /** Notes that something is done to a tab now, or to all. */
  strike(tab: Tab | null): Strike {
    const strike = { tab: tab?.name ?? null, at: performance.now() };
    this.strikes.push(strike);
    return strike;
  }

  /** Waits until a tab that was not struck has had an effect, and notes how long that took. */
  async handover({ tab, at }: Strike, withinMs: number): Promise<void> {
    const others = () => this.ledger.entries.find((entry) => entry.at > at && entry.tab !== tab);
    await this.ledger.until(`another tab than ${tab} acts`, withinMs, () => others() !== undefined);
    this.handovers.push((others()?.at ?? at) - at);
  }

  /** Waits until everything that is planned has had its effect; answers whether it had. */
  allDone(patienceMs: number): Promise<boolean> {
    const { triggers } = this.plan;
    const ms = Math.max(0, this.plan.until - this.now()) + patienceMs;
    return this.ledger.within(ms, () => {
      const { entries } = this.ledger;
      return (
        entries.length >= triggers.length && new Set(entries.map(({ triggerId }) => triggerId)).size >= triggers.length
      );
    });
  }

  async end(): Promise<void> {
    await this.browser.discard();
    await this.server.stop();
    this.clock?.discard();
  }
}
