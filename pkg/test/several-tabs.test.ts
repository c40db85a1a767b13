import { describe, expect, it } from "vitest";
import type { SchedulerOptions } from "../src/index.js";
import { settle, TestProfile, type TestTab } from "./support/profile.js";
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
});
