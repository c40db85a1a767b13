import { describe, expect, it } from "vitest";
import { monotonic, settle, TestProfile, type TestTab } from "./support/profile.js";

/** Tabs that have started, the first one first. */
async function started(profile: TestProfile, count: number, options: object = {}): Promise<TestTab[]> {
  const tabs: TestTab[] = [];
  for (let i = 0; i < count; i += 1) {
    const tab = profile.open(options);
    tab.scheduler.start();
    await settle();
    tabs.push(tab);
  }
  return tabs;
}

const roles = (tabs: readonly TestTab[]): string[] => tabs.map(({ scheduler }) => scheduler.health().lease.role);

describe("the lease", () => {
  it("is held by one tab, and goes to the next when that closes", async () => {
    const tabs = await started(new TestProfile(), 3);
    expect(roles(tabs)).toEqual(["acting", "waiting", "waiting"]);
    tabs[0]?.scheduler.dispose();
    await settle();
    expect(roles(tabs)).toEqual(["off", "acting", "waiting"]);
  });

  it("goes to the next at once when the tab that has it crashes", async () => {
    const tabs = await started(new TestProfile(), 2);
    const before = tabs[1]?.scheduler.health().lease.epoch ?? 0;
    await tabs[0]?.crash();
    expect(tabs[1]?.acting).toBe(true);
    expect(tabs[1]?.scheduler.health().lease.epoch).toBeGreaterThan(before);
  });

  it("is taken from a tab that is silent for twenty seconds, which learns of it when it runs on", async () => {
    monotonic();
    const profile = new TestProfile();
    const tabs = await started(profile, 3);
    await profile.second(10);
    tabs[0]?.freeze();
    await profile.second(15);
    expect(roles(tabs)).toEqual(["acting", "waiting", "waiting"]);
    await profile.second(10);
    expect(roles(tabs).slice(1).sort()).toEqual(["acting", "waiting"]);
    await tabs[0]?.thaw();
    await profile.second(1);
    expect(roles(tabs).filter((role) => role === "acting")).toHaveLength(1);
    expect(tabs[0]?.acting).toBe(false);
  });

  it("is not taken sooner by a tab that has much to do: its seconds count, not how often it wakes", async () => {
    monotonic();
    const profile = new TestProfile();
    const tabs = await started(profile, 2);
    await profile.second(4);
    tabs[0]?.freeze();
    for (let second = 0; second < 10; second += 1) {
      await profile.second();
      for (let wake = 0; wake < 10; wake += 1) {
        tabs[1]?.wake();
      }
    }
    await settle();
    expect(roles(tabs)).toEqual(["acting", "waiting"]);
  });

  it("is not taken back by a tab that hung, and finds the ticks of all that time at once", async () => {
    monotonic();
    const profile = new TestProfile();
    const tabs = await started(profile, 2);
    await profile.second(4);
    tabs[0]?.freeze();
    await profile.second(30);
    expect(tabs[1]?.acting).toBe(true);
    const { epoch } = tabs[1]?.scheduler.health().lease ?? {};
    await tabs[0]?.thaw();
    for (let missed = 0; missed < 30; missed += 1) {
      tabs[0]?.tick();
    }
    await settle();
    expect(roles(tabs)).toEqual(["waiting", "acting"]);
    expect(tabs[1]?.scheduler.health().lease.epoch).toBe(epoch);
  });

  it("does not stay with a frozen tab that was given it while it waited", async () => {
    monotonic();
    const profile = new TestProfile();
    const tabs = await started(profile, 3);
    await profile.second(5);
    tabs[1]?.freeze();
    await tabs[0]?.crash();
    await profile.second(30);
    expect(tabs[2]?.acting).toBe(true);
    await tabs[1]?.thaw();
    await profile.second(5);
    expect(roles(tabs.slice(1))).toEqual(["waiting", "acting"]);
  });

  it("is not taken by a tab that was itself frozen while nothing was heard", async () => {
    monotonic();
    const profile = new TestProfile();
    const tabs = await started(profile, 2);
    tabs[1]?.freeze();
    await profile.second(120);
    tabs[1]?.runOn();
    await profile.second(3);
    expect(roles(tabs)).toEqual(["acting", "waiting"]);
  });

  it("is yielded to a tab that handles more", async () => {
    monotonic();
    const profile = new TestProfile();
    const tabs = await started(profile, 2);
    tabs[1]?.scheduler.onTrigger("event_start", () => undefined);
    await profile.second(5);
    expect(roles(tabs)).toEqual(["waiting", "acting"]);
  });

  it("says so where the tabs handle different kinds", async () => {
    monotonic();
    const profile = new TestProfile();
    const first = profile.open();
    first.scheduler.onTrigger("event_end", () => undefined);
    first.scheduler.start();
    await settle();
    const second = profile.open();
    second.scheduler.onTrigger("event_start", () => undefined);
    second.scheduler.start();
    await profile.second(5);
    expect(second.scheduler.health().issues.map(({ code }) => code)).toContain("HANDLERS_DIFFER");
    expect(first.scheduler.health().issues).toEqual([]);
  });

  it("is kept in the storage alone where there are no locks", async () => {
    monotonic();
    const profile = new TestProfile();
    const tabs = await started(profile, 2, { withoutLocks: true });
    await profile.second(8);
    expect(roles(tabs).sort()).toEqual(["acting", "waiting"]);
    const acting = tabs.find((tab) => tab.acting) as TestTab;
    const other = tabs.find((tab) => !tab.acting) as TestTab;
    await profile.second(60);
    expect(acting.acting).toBe(true);
    acting.freeze();
    await profile.second(40);
    expect(other.acting).toBe(true);
    acting.frozen = false;
    await profile.second(8);
    expect([acting.acting, other.acting]).toEqual([false, true]);
    other.scheduler.stop();
    await profile.second(8);
    expect(acting.acting).toBe(true);
  });

  it("is nobody's where tabs cannot agree: each acts for itself", async () => {
    const profile = new TestProfile();
    const tabs = await started(profile, 2, { storage: false, withoutLocks: true });
    expect(roles(tabs)).toEqual(["solo", "solo"]);
  });
});

describe("a tab that is called once a second", () => {
  it("asks to be called for what is due in between, also right after something was due", async () => {
    const profile = new TestProfile();
    const tab = profile.open();
    const fired: string[] = [];
    tab.scheduler.onTrigger(({ kind }) => void fired.push(kind));
    tab.scheduler.addEvent({
      event_id: "a",
      registration_start_date: "2026-06-01T12:00:00.400Z",
      registration_end_date: "2026-06-01T12:00:00.700Z",
      start_datetime: "2026-06-02T12:00:00Z",
      end_datetime: "2026-06-03T12:00:00Z",
    });
    tab.scheduler.start();
    await settle();
    tab.tick();
    expect(tab.wantsToWakeIn).toBe(400);
    tab.clock.advance(400);
    tab.wake();
    expect(tab.wantsToWakeIn).toBe(300);
    tab.clock.advance(300);
    tab.wake();
    await settle();
    expect(fired).toEqual(["registration_open", "registration_close"]);
  });
});
