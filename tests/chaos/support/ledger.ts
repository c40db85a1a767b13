import type { Effect, RoleReport } from "./wire.js";

/** An effect as it came in. */
export interface Entry extends Effect {
  /** Position in the ledger. */
  readonly index: number;
  /** When it came, in milliseconds by a clock that nobody sets. */
  readonly at: number;
}

interface Wait {
  readonly holds: () => boolean;
  readonly resolve: () => void;
}

/** What really happened, in the order of arrival: effects, and which tab said when that it acts. */
export class Ledger {
  readonly entries: Entry[] = [];
  readonly roles: (RoleReport & { readonly at: number })[] = [];
  readonly #calls = new Set<string>();
  #waits: Wait[] = [];

  effect(effect: Effect): void {
    // The browser may send a request again whose connection was cut.
    if (this.#calls.has(effect.call)) return;
    this.#calls.add(effect.call);
    this.entries.push({ ...effect, index: this.entries.length, at: performance.now() });
    this.#look();
  }

  role(report: RoleReport): void {
    this.roles.push({ ...report, at: performance.now() });
    this.#look();
  }

  /** The tab that said last that it acts, unless it has said since that it does not. */
  get acting(): string | null {
    const last = new Map<string, RoleReport & { readonly at: number }>();
    for (const report of this.roles) {
      if (report.told >= (last.get(report.tab)?.told ?? 0)) last.set(report.tab, report);
    }
    const acting = [...last.values()].filter(({ role }) => role === "acting" || role === "solo");
    return acting.sort((a, b) => b.at - a.at)[0]?.tab ?? null;
  }

  /** Resolves to true as soon as it holds; to false when it does not within so many milliseconds. */
  async within(ms: number, holds: () => boolean): Promise<boolean> {
    if (holds()) return true;
    let patience: NodeJS.Timeout | undefined;
    const held = new Promise<boolean>((resolve) => {
      const wait = { holds, resolve: () => resolve(true) };
      this.#waits.push(wait);
      patience = setTimeout(() => {
        this.#waits = this.#waits.filter((other) => other !== wait);
        resolve(false);
      }, ms);
    });
    const answer = await held;
    clearTimeout(patience);
    return answer;
  }

  /** The same, where it must hold. */
  async until(what: string, ms: number, holds: () => boolean): Promise<void> {
    if (!(await this.within(ms, holds))) {
      throw new Error(`within ${ms} ms this has not happened: ${what}`);
    }
  }

  #look(): void {
    const held = this.#waits.filter(({ holds }) => holds());
    this.#waits = this.#waits.filter((wait) => !held.includes(wait));
    for (const { resolve } of held) resolve();
  }
}
