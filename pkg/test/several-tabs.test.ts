import { describe, expect, it } from "vitest";
import type { SchedulerOptions, TriggerKind } from "../src/index.js";
import { memoryStorage } from "../src/ports/memory-storage.js";
import type { OpenStorage } from "../src/ports/storage.js";
import { monotonic, settle, TestProfile, type TestTab } from "./support/profile.js";
import { conference } from "./support/schedulers.js";

const OPENS = "2026-06-02T12:00:00.000Z";
const CLOSES = "2026-06-03T12:00:00.000Z";

describe("several tabs", () => {
  /** Tabs with one event each knows, and a ledger of what their handlers did. */
  async function open(profile: TestProfile, count: number, ledger: string[], options: SchedulerOptions = {}) {
    const tabs: TestTab[] = [];
    for (let i = 0; i < count; i += 1) {
      const tab = profile.open(options);
      tab.scheduler.onTrigger(({ triggerId, attempt }) => void ledger.push(`tab ${i}: ${triggerId} #${attempt}`));
      tab.scheduler.start();
      await settle();
      tabs.push(tab);
    }
    return tabs;
  }

  const moveAll = async (tabs: readonly TestTab[], instant: string): Promise<void> => {
    for (const tab of tabs) {
      tab.clock.moveTo(instant);
      if (!tab.frozen) {
        tab.scheduler.tick();
      }
    }
    await settle();
  };

  it("run a handler once, and all show the state", async () => {
    const ledger: string[] = [];
    const tabs = await open(new TestProfile(), 3, ledger);
    tabs[1]?.scheduler.addEvent(conference("a"));
    await settle();
    await moveAll(tabs, OPENS);
    expect(ledger).toEqual([`tab 0: a/registration_open@${OPENS} #1`]);
    for (const { scheduler } of tabs) {
      expect(scheduler.getEventStatus("a")?.sub_status).toBe("registration_open");
    }
  });

  it("go on where one has crashed, and repeat what it had begun as the next attempt", async () => {
    const ledger: string[] = [];
    const profile = new TestProfile();
    const tabs = await open(profile, 2, ledger);
    tabs[0]?.scheduler.addEvent(conference("a"));
    tabs[0]?.scheduler.onTrigger("registration_close", () => new Promise(() => undefined));
    await settle();
    await moveAll(tabs, OPENS);
    await moveAll(tabs, CLOSES);
    await tabs[0]?.crash();
    await profile.second(2);
    expect(ledger).toEqual([
      `tab 0: a/registration_open@${OPENS} #1`,
      `tab 0: a/registration_close@${CLOSES} #1`,
      `tab 1: a/registration_close@${CLOSES} #2`,
    ]);
  });

  it("tell each other what has fired where nothing is stored", async () => {
    const ledger: string[] = [];
    const profile = new TestProfile();
    const tabs = await open(profile, 2, ledger, { storage: false });
    tabs[0]?.scheduler.addEvent(conference("a"));
    tabs[0]?.scheduler.onTrigger("registration_close", () => new Promise(() => undefined));
    await settle();
    await moveAll(tabs, OPENS);
    await moveAll(tabs, CLOSES);
    await tabs[0]?.crash();
    await profile.second(2);
    expect(ledger).toEqual([
      `tab 0: a/registration_open@${OPENS} #1`,
      `tab 0: a/registration_close@${CLOSES} #1`,
      `tab 1: a/registration_close@${CLOSES} #2`,
    ]);
  });

  it("tell one that cannot read what has fired", async () => {
    const ledger: string[] = [];
    const profile = new TestProfile();
    const tabs = [...(await open(profile, 1, ledger)), ...(await open(profile, 1, ledger, { storage: false }))];
    for (const { scheduler } of tabs) {
      scheduler.addEvent(conference("a"));
    }
    await profile.second(5);
    await moveAll(tabs, OPENS);
    await profile.second(1);
    await tabs[0]?.crash();
    await moveAll(tabs.slice(1), CLOSES);
    expect(ledger).toEqual([`tab 0: a/registration_open@${OPENS} #1`, `tab 0: a/registration_close@${CLOSES} #1`]);
  });

  it("deliver what came due while nobody acted", async () => {
    const ledger: string[] = [];
    const profile = new TestProfile();
    const tabs = await open(profile, 2, ledger);
    tabs[0]?.scheduler.addEvent(conference("a"));
    await settle();
    tabs[0]?.freeze();
    await moveAll(tabs, OPENS);
    expect(ledger).toEqual([]);
    await tabs[0]?.crash();
    expect(ledger).toEqual([`tab 1: a/registration_open@${OPENS} #1`]);
  });

  it("hear of a pause, a resume and a retry in any of them", async () => {
    const ledger: string[] = [];
    const profile = new TestProfile();
    const tabs = await open(profile, 2, ledger, { retry: { maxAttempts: 1 } });
    let broken = true;
    tabs[0]?.scheduler.onTrigger(() => {
      if (broken) {
        throw new Error("not now");
      }
    });
    tabs[1]?.scheduler.addEvent(conference("a"));
    tabs[1]?.scheduler.pause("a break");
    await settle();
    await moveAll(tabs, OPENS);
    expect([tabs[0]?.scheduler.status().paused?.reason, ledger]).toEqual(["a break", []]);
    tabs[1]?.scheduler.resume();
    await settle();
    expect(ledger).toHaveLength(1);
    await profile.second(1);
    const letters = tabs[1]?.scheduler.deadLetters() ?? [];
    expect(letters).toMatchObject([{ reason: "not now" }]);
    broken = false;
    expect(tabs[1]?.scheduler.retry(letters[0]?.triggerId ?? "")).toBe(true);
    await settle();
    await profile.second(2);
    expect(ledger).toHaveLength(2);
    expect(tabs.map(({ scheduler }) => scheduler.deadLetters().length)).toEqual([0, 0]);
  });

  it("follow a bulk load of one of them", async () => {
    const profile = new TestProfile();
    const tabs = await open(profile, 2, []);
    await tabs[1]?.scheduler.initialize([conference("a"), conference("b")]);
    await expect.poll(() => tabs[0]?.scheduler.status().eventsTracked).toBe(2);
  });

  it("lose nothing when the one that acts loses the lease between handing out and claiming", async () => {
    const ledger: string[] = [];
    const profile = new TestProfile();
    const tabs = await open(profile, 2, ledger);
    tabs[0]?.scheduler.addEvent(conference("a"));
    await settle();
    const lease = await profile.storage.open("default", () => undefined);
    const { epoch } = await lease.readLease();
    await lease.changeLease(epoch, { epoch: epoch + 1, holder: "somebody else", beat: 0 });
    await moveAll(tabs, OPENS);
    await profile.second(3);
    expect(ledger).toEqual([`tab 1: a/registration_open@${OPENS} #1`]);
  });

  it("do not write over what the one that acts now has done, when a write of the one before had to wait", async () => {
    monotonic();
    const ledger: string[] = [];
    const { profile, gates } = gated("write");
    const tabs = await open(profile, 2, ledger);
    tabs[0]?.scheduler.addEvent(conference("a"));
    await settle();
    tabs[0]?.scheduler.onTrigger("registration_open", () => gates[0]?.close());
    await profile.second(4);
    await moveAll(tabs, OPENS);
    await moveAll(tabs, CLOSES);
    tabs[0]?.freeze();
    await profile.second(25);
    await tabs[0]?.thaw();
    gates[0]?.open();
    await settle();
    await tabs[1]?.crash();
    await profile.second(2);
    expect(ledger).toEqual([
      `tab 0: a/registration_open@${OPENS} #1`,
      // That it was done could not be written.
      `tab 1: a/registration_open@${OPENS} #2`,
      `tab 1: a/registration_close@${CLOSES} #1`,
    ]);
  });

  it("write nothing before they have read what the one before has done", async () => {
    const ledger: string[] = [];
    const { profile, gates } = gated("readState");
    const tabs = await open(profile, 2, ledger);
    tabs[0]?.scheduler.addEvent(conference("a"));
    await settle();
    await moveAll(tabs, OPENS);
    gates[1]?.close();
    await tabs[0]?.crash();
    await profile.second(12);
    gates[1]?.open();
    await profile.second(2);
    expect(ledger).toEqual([`tab 0: a/registration_open@${OPENS} #1`]);
  });

  it("do not act on what was read for a lease that was lost since", async () => {
    const ledger: string[] = [];
    const { profile, gates } = gated("readState");
    const start = async (name: string, kinds: readonly TriggerKind[]): Promise<TestTab> => {
      const tab = profile.open();
      tab.scheduler.onTrigger(kinds, ({ triggerId, attempt }) => void ledger.push(`${name}: ${triggerId} #${attempt}`));
      tab.scheduler.start();
      await settle();
      return tab;
    };
    const first = await start("first", ["registration_open", "registration_close"]);
    first.scheduler.addEvent(conference("a"));
    await settle();
    const next = await start("next", ["registration_open"]);
    // It handles more, so that the other one gives the lease to it.
    const better = await start("better", ["registration_open", "registration_close"]);
    gates[1]?.holdAnswers();
    await first.crash();
    expect(better.acting).toBe(true);
    await moveAll([next, better], OPENS);
    await better.crash();
    expect(next.acting).toBe(true);
    gates[1]?.answerOne();
    await profile.second(2);
    gates[1]?.answerOne();
    await profile.second(2);
    expect(ledger).toEqual([`better: a/registration_open@${OPENS} #1`]);
  });
});

/** A storage whose calls of one kind can be made to wait, and whose answers to them, for each tab by itself. */
function gated(kind: "write" | "readState") {
  const gates: { close(): void; open(): void; holdAnswers(): void; answerOne(): void }[] = [];
  const inner = memoryStorage();
  const storage = {
    ...inner,
    open: async (name: string, onClosed: (why: string) => void) => {
      const opened = await inner.open(name, onClosed);
      let opens: Promise<void> = Promise.resolve();
      let open: () => void = () => undefined;
      gates.push({
        close: () => {
          opens = new Promise((resolve) => {
            open = resolve;
          });
        },
        open: () => open(),
        holdAnswers: () => {
          held = [];
        },
        answerOne: () => held?.shift()?.(),
      });
      let held: (() => void)[] | null = null;
      const call = opened[kind].bind(opened) as (...given: unknown[]) => Promise<never>;
      const waiting = async (...given: unknown[]) => {
        await opens;
        const answer = await call(...given);
        await (held === null ? undefined : new Promise<void>((resolve) => held?.push(resolve)));
        return answer;
      };
      return new Proxy(opened, {
        get: (target, member: keyof OpenStorage) =>
          member === kind ? waiting : (target[member] as (() => void) | undefined)?.bind(target),
      });
    },
  };
  return { profile: new TestProfile(storage), gates };
}
