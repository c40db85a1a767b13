// The entry and not the modules behind it: it carries the WebAssembly module, and must not be split for the sake of tests.
import { type ClientEventScheduler, createScheduler } from "../index.js";
import { type SecondClock, secondClockByHand } from "../page/second-clock.js";
import type { EventInput } from "../types/events.js";
import type { SchedulerOptions } from "../types/scheduler-types.js";
import type { EventStatusChange, TriggerDelivery } from "../types/triggers.js";
import { HandlerWatch } from "./handler-watch.js";
import { type Duration, durationMs, type Instant, instantMs } from "./instants.js";
import { nextStep } from "./next-step.js";
import { TestClock } from "./test-clock.js";
import { turn } from "./turns.js";

/** How a test sets its scheduler up. */
export interface TestSchedulerOptions extends Omit<SchedulerOptions, "clock"> {
  /** Where the clock stands at first. Default 2026-01-01T00:00:00Z. */
  now?: Instant | undefined;
  /** A clock of your own, for several schedulers that share one. */
  clock?: TestClock | undefined;
  /** Added before the scheduler starts. */
  events?: readonly EventInput[] | undefined;
  /** `false` leaves starting to the test: handlers that are registered before then are called for what was missed. */
  start?: boolean | undefined;
  /** How many real milliseconds a handler may take before time goes on without its answer. Default 2 000. */
  patienceMs?: number | undefined;
}

const PATIENCE_MS = 2000;
/** Turns without news after which nothing more is expected. Reading a snapshot takes several. */
const QUIET_TURNS = 4;
const MOST_TURNS = 10_000;

/**
 * Makes a scheduler whose time stands still until the test moves it. It logs nothing unless it is given a logger, keeps
 * nothing unless it is given a `storage`, such as `memoryStorage()`, and knows of no other tabs.
 */
export async function createTestScheduler(options: TestSchedulerOptions = {}): Promise<TestScheduler> {
  const { now, clock = new TestClock(now), events = [], start = true, patienceMs = PATIENCE_MS, ...settings } = options;
  const scheduler = await createScheduler({ logger: false, storage: false, tabs: false, ...settings, clock });
  const test = new TestScheduler(scheduler, clock, patienceMs);
  for (const event of events) {
    scheduler.addEvent(event);
  }
  if (start) {
    scheduler.start();
  }
  await test.settle();
  return test;
}

/** A scheduler, the clock that it goes by, and what it has done so far. */
export class TestScheduler {
  /** The scheduler: give it to the code that is tested. */
  readonly scheduler: ClientEventScheduler;
  readonly clock: TestClock;
  readonly #deliveries: TriggerDelivery[] = [];
  readonly #statusChanges: EventStatusChange[] = [];
  readonly #handlers: HandlerWatch;
  readonly #seconds: SecondClock;

  /** See {@link createTestScheduler}. */
  constructor(scheduler: ClientEventScheduler, clock: TestClock, patienceMs: number) {
    this.scheduler = scheduler;
    this.clock = clock;
    this.#seconds = secondClockByHand(scheduler);
    scheduler.onTrigger((delivery) => void this.#deliveries.push(delivery));
    scheduler.onStatusChange((change) => this.#statusChanges.push(change));
    this.#handlers = new HandlerWatch(scheduler, patienceMs);
  }

  /** Every attempt at every delivery so far, also of kinds for which the application has no handler. */
  get deliveries(): readonly TriggerDelivery[] {
    return this.#deliveries;
  }

  /** Every change of status so far. */
  get statusChanges(): readonly EventStatusChange[] {
    return this.#statusChanges;
  }

  /**
   * Lets time pass as it does in a page that is awake: whatever is due on the way happens at its instant, and handlers
   * have answered before time goes on.
   */
  async advance(by: Duration): Promise<void> {
    await this.#passTo(this.clock.now() + durationMs(by));
  }

  /** The same, up to an instant that is not in the past. */
  async advanceTo(instant: Instant): Promise<void> {
    const target = instantMs(instant);
    if (target < this.clock.now()) {
      const now = new Date(this.clock.now()).toISOString();
      throw new RangeError(`it is ${now} already: clock.set() steps back, advanceTo() only goes forward`);
    }
    await this.#passTo(target);
  }

  /**
   * Lets time pass in one step, as it does while a laptop sleeps; then what was missed is delivered, each at its pace, so
   * that a little more time passes.
   */
  async sleep(by: Duration): Promise<void> {
    this.clock.advance(by);
    await this.#look();
    while (this.#waiting() > 0) {
      this.clock.set(nextStep(this.scheduler));
      await this.#look();
    }
  }

  /** Lets everything be done that can be done without time passing: handlers answer, a transport's changes arrive. */
  async settle(): Promise<void> {
    let quiet = 0;
    for (let turns = 0; quiet < QUIET_TURNS && turns < MOST_TURNS; turns += 1) {
      const { version } = this.scheduler;
      await this.#handlers.answered();
      await turn();
      quiet = version === this.scheduler.version ? quiet + 1 : 0;
    }
  }

  /** The network is back: synchronising, which waits after failures, goes on at once. */
  async reconnect(): Promise<void> {
    if (this.scheduler.status().running) {
      this.scheduler.stop();
      this.scheduler.start();
    }
    await this.settle();
  }

  /** Ends the scheduler. What was recorded stays. */
  dispose(): void {
    this.scheduler.dispose();
  }

  async #passTo(target: number): Promise<void> {
    await this.#look();
    while (this.clock.now() < target && !this.scheduler.disposed) {
      this.clock.set(Math.min(target, nextStep(this.scheduler)));
      await this.#look();
    }
  }

  /** Has the scheduler notice what time it is. */
  async #look(): Promise<void> {
    if (this.scheduler.disposed) {
      return;
    }
    if (this.scheduler.status().running) {
      this.scheduler.tick();
    }
    this.#seconds.catchUp();
    await this.settle();
  }

  /** Missed deliveries that will leave the waiting queue as time passes. */
  #waiting(): number {
    if (this.scheduler.disposed) {
      return 0;
    }
    const { deliveriesWaiting, acting, paused } = this.scheduler.status();
    return acting && paused === null ? deliveriesWaiting : 0;
  }
}
