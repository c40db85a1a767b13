import { afterEach, vi } from "vitest";
import {
  ClientEventScheduler,
  type Clock,
  type EventInput,
  type Logger,
  type SchedulerOptions,
} from "../../src/index.js";

/** A clock that stands still until a test moves it. */
export class TestClock implements Clock {
  #now: number;

  constructor(now: string) {
    this.#now = Date.parse(now);
  }

  now(): number {
    return this.#now;
  }

  moveTo(instant: string): void {
    this.#now = Date.parse(instant);
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

/** Keeps what was logged. */
export class RecordingLogger implements Logger {
  readonly lines: string[] = [];

  debug(message: string): void {
    this.lines.push(`debug ${message}`);
  }
  info(message: string): void {
    this.lines.push(`info ${message}`);
  }
  warn(message: string): void {
    this.lines.push(`warn ${message}`);
  }
  error(message: string): void {
    this.lines.push(`error ${message}`);
  }
}

export const NOON = "2026-06-01T12:00:00.000Z";

const disposals: (() => void)[] = [];

afterEach(() => {
  for (const dispose of disposals.splice(0)) {
    dispose();
  }
});

/** Has `dispose` called after the test. */
export function afterTest(dispose: () => void): void {
  disposals.push(dispose);
}

/** A quiet scheduler with a clock that stands at {@link NOON}; it goes with the test. */
export function makeScheduler(options: SchedulerOptions = {}): { scheduler: ClientEventScheduler; clock: TestClock } {
  const clock = new TestClock(NOON);
  const scheduler = new ClientEventScheduler({ clock, logger: false, ...options });
  afterTest(() => scheduler.dispose());
  return { scheduler, clock };
}

/** An event whose six dates follow each other day by day from the day after {@link NOON}. */
export function conference(eventId: string, fields: object = {}): EventInput & { event_name: string } {
  return {
    event_id: eventId,
    event_name: `Conference ${eventId}`,
    registration_start_date: "2026-06-02T12:00:00Z",
    registration_end_date: "2026-06-03T12:00:00Z",
    start_datetime: "2026-06-04T12:00:00Z",
    end_datetime: "2026-06-05T12:00:00Z",
    certificate_start_date: "2026-06-06T12:00:00Z",
    certificate_end_date: "2026-06-07T12:00:00Z",
    ...fields,
  };
}

/** Resolves once `check` throws no more; on a busy machine too. */
export async function eventually(check: () => unknown): Promise<void> {
  await vi.waitFor(check, { timeout: 15_000, interval: 5 });
}

/** What `act` throws. */
export function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (thrown) {
    return thrown;
  }
  throw new Error("nothing was thrown");
}

/** What a call that answers later has failed with. */
export async function rejected(call: unknown): Promise<unknown> {
  return Promise.resolve(call).then(
    () => {
      throw new Error("nothing was thrown");
    },
    (reason: unknown) => reason,
  );
}
