import { vi } from "vitest";
import type {
  ClientEventScheduler,
  SchedulerOptions,
  SchedulerStorage,
  TabChannel,
  TabLocks,
  TabPorts,
  WakeSource,
} from "../../src/index.js";
import { memoryStorage } from "../../src/ports/memory-storage.js";
import { makeScheduler, type TestClock } from "./schedulers.js";

/** Lets everything that promises have under way come to its end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Time by the device follows the seconds of the test. */
export function monotonic(): void {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  vi.spyOn(Date, "now").mockImplementation(() => now);
  const second = TestProfile.prototype.second;
  vi.spyOn(TestProfile.prototype, "second").mockImplementation(async function (this: TestProfile, count = 1) {
    for (let i = 0; i < count; i += 1) {
      now += 1000;
      await second.call(this, 1);
    }
  });
}

interface Request {
  readonly tab: TestTab;
  readonly grant: () => void;
  readonly refuse: (why: unknown) => void;
}

interface Held extends Request {
  readonly release: () => void;
}

/** The locks, the channel and the storage that the tabs of a browser profile share, in one process. */
export class TestProfile {
  readonly storage: SchedulerStorage;
  readonly tabs: TestTab[] = [];
  readonly held = new Map<string, Held>();
  readonly queues = new Map<string, Request[]>();

  constructor(storage: SchedulerStorage = memoryStorage()) {
    this.storage = storage;
  }

  /** A tab of this profile, with a scheduler of its own. */
  open(options: SchedulerOptions & { readonly withoutLocks?: boolean } = {}): TestTab {
    const tab = new TestTab(this, options);
    this.tabs.push(tab);
    return tab;
  }

  /** A second passes in every tab that is not frozen. */
  async second(count = 1): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      for (const tab of this.tabs) {
        tab.clock.advance(1000);
        if (!tab.frozen) {
          tab.tick();
        }
      }
      await settle();
    }
  }

  grantNext(name: string): void {
    const next = this.queues.get(name)?.shift();
    if (next !== undefined) {
      next.grant();
    }
  }
}

/** One tab. */
export class TestTab implements TabLocks, WakeSource {
  readonly source = "worker";
  readonly scheduler: ClientEventScheduler;
  readonly clock: TestClock;
  /** It runs no code: messages, wake-ups and granted locks have to wait. */
  frozen = false;
  readonly #profile: TestProfile;
  readonly #missed: (() => void)[] = [];
  #onMessage: ((message: unknown) => void) | null = null;
  #onTick: () => void = () => undefined;
  #onWake: () => void = () => undefined;
  /** What it has asked for last, between the seconds; these tests look no finer unless they do it themselves. */
  wantsToWakeIn: number | null = null;

  constructor(
    profile: TestProfile,
    { withoutLocks = false, ...options }: SchedulerOptions & { withoutLocks?: boolean },
  ) {
    this.#profile = profile;
    const tabs: TabPorts = {
      locks: withoutLocks ? null : this,
      openChannel: <M>(_name: string, onMessage: (message: M) => void) => this.#openChannel(onMessage),
      wakeSource: this,
    };
    const { scheduler, clock } = makeScheduler({ storage: profile.storage, tabs, recoveryDelayMs: 0, ...options });
    this.scheduler = scheduler;
    this.clock = clock;
  }

  get acting(): boolean {
    return this.scheduler.health().lease.role === "acting";
  }

  tick(): void {
    this.#onTick();
  }

  /** It is called between two seconds, as it has asked for. */
  wake(): void {
    this.wantsToWakeIn = null;
    this.#onWake();
  }

  freeze(): void {
    this.frozen = true;
  }

  /** Runs on, and never learns what has happened meanwhile. */
  runOn(): void {
    this.frozen = false;
  }

  /** Runs on, beginning with what has happened meanwhile. */
  async thaw(): Promise<void> {
    this.frozen = false;
    for (const missed of this.#missed.splice(0)) {
      missed();
    }
    await settle();
  }

  /** Ends as a process ends that is killed: nothing is said, the locks are free. */
  async crash(): Promise<void> {
    this.frozen = true;
    this.#missed.length = 0;
    this.#profile.tabs.splice(this.#profile.tabs.indexOf(this), 1);
    for (const requests of this.#profile.queues.values()) {
      for (const request of requests.filter(({ tab }) => tab === this)) {
        requests.splice(requests.indexOf(request), 1);
      }
    }
    for (const [name, held] of this.#profile.held) {
      if (held.tab === this) {
        this.#profile.held.delete(name);
        this.#profile.grantNext(name);
      }
    }
    await settle();
  }

  // ---- locks

  hold(name: string, options: { signal: AbortSignal } | { steal: true }, use: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const request: Request = {
        tab: this,
        refuse: reject,
        grant: () => {
          const release = (): void => {
            if (this.#profile.held.get(name) === held) {
              this.#profile.held.delete(name);
              this.#profile.grantNext(name);
            }
            resolve();
          };
          const held: Held = { ...request, release };
          this.#profile.held.set(name, held);
          this.#whenThawed(() => use().then(release, reject));
        },
      };
      const { held, queues } = this.#profile;
      const holder = held.get(name);
      if ("steal" in options) {
        held.delete(name);
        if (holder !== undefined) {
          holder.tab.#whenThawed(() => holder.refuse(abortError()));
        }
        request.grant();
      } else if (holder === undefined) {
        request.grant();
      } else {
        const queue = queues.get(name) ?? [];
        queues.set(name, [...queue, request]);
        options.signal.addEventListener("abort", () => {
          queues.set(
            name,
            (queues.get(name) ?? []).filter((other) => other !== request),
          );
          reject(abortError());
        });
      }
    });
  }

  async holdIfFree(name: string, use: () => Promise<void>): Promise<void> {
    if (!this.#profile.held.has(name)) {
      await this.hold(name, { signal: new AbortController().signal }, use);
    }
  }

  async holds(name: string): Promise<boolean> {
    return this.#profile.held.get(name)?.tab === this;
  }

  // ---- the channel

  #openChannel<M>(onMessage: (message: M) => void): TabChannel<M> {
    this.#onMessage = onMessage as (message: unknown) => void;
    return {
      post: (message) => {
        const copy = structuredClone(message);
        for (const tab of this.#profile.tabs) {
          if (tab !== this) {
            tab.#whenThawed(() => tab.#onMessage?.(copy));
          }
        }
      },
      close: () => {
        this.#onMessage = null;
      },
    };
  }

  // ---- the wake source

  start(onTick: () => void, onWake: () => void): void {
    this.#onTick = onTick;
    this.#onWake = onWake;
  }

  wakeIn(ms: number): void {
    this.wantsToWakeIn = ms;
  }

  stop(): void {
    this.#onTick = () => undefined;
    this.#onWake = () => undefined;
  }

  #whenThawed(act: () => void): void {
    if (this.frozen) {
      this.#missed.push(act);
    } else {
      queueMicrotask(act);
    }
  }
}

function abortError(): DOMException {
  return new DOMException("the lock was stolen, or the wait ended", "AbortError");
}
