import { describe, expectTypeOf, it } from "vitest";
import type {
  ClientEventScheduler,
  EventSnapshot,
  EventStatus,
  QueuedTrigger,
  SchedulerHealth,
  TriggerDelivery,
} from "../src/index.js";
import {
  type Countdown,
  type CountdownTarget,
  type SchedulerProviderProps,
  useCountdown,
  useEventStatus,
  useEvents,
  useScheduler,
  useSchedulerHealth,
  useTrigger,
  useUpcomingTriggers,
} from "../src/react/index.js";

describe("the types of the hooks", () => {
  it("say what is not there yet", () => {
    expectTypeOf(useScheduler).returns.toEqualTypeOf<ClientEventScheduler | null>();
    expectTypeOf(useEventStatus).returns.toEqualTypeOf<EventStatus | undefined>();
    expectTypeOf(useEvents).returns.toEqualTypeOf<readonly EventSnapshot[]>();
    expectTypeOf(useUpcomingTriggers).returns.toEqualTypeOf<readonly QueuedTrigger[]>();
    expectTypeOf(useSchedulerHealth).returns.toEqualTypeOf<SchedulerHealth | null>();
    expectTypeOf(useCountdown).returns.toEqualTypeOf<Countdown>();
  });

  it("take what makes sense", () => {
    expectTypeOf(useEventStatus).parameter(0).toEqualTypeOf<string | null | undefined>();
    expectTypeOf<number | Date | null | undefined>().toExtend<CountdownTarget>();
    expectTypeOf<{ eventId: string }>().toExtend<CountdownTarget>();
    expectTypeOf<string>().not.toExtend<CountdownTarget>();
    expectTypeOf<{ tickMS: number }>().not.toExtend<SchedulerProviderProps["options"]>();
  });

  it("refuse what could only fail in the page", () => {
    /** Compiled, never called. */
    const misuse = (): void => {
      useTrigger((delivery) => expectTypeOf(delivery).toEqualTypeOf<TriggerDelivery>());
      useTrigger("event_start", async ({ triggerId }) => triggerId);
      useTrigger(["event_start", "event_end"], undefined);
      useTrigger(false);
      // @ts-expect-error: there is no such kind
      useTrigger("event_begin", () => undefined);
      // @ts-expect-error: nor in a list
      useTrigger(["event_start", "event_stop"], () => undefined);
      // @ts-expect-error: kinds alone do nothing
      useTrigger("event_start");
      useTrigger((delivery) => {
        // @ts-expect-error: a delivery cannot be changed
        delivery.attempt = 2;
      });
      // @ts-expect-error: an instant is a number or a Date
      useCountdown("2026-06-01T12:00:00Z");
      // @ts-expect-error: the name of an option is misspelt
      useUpcomingTriggers({ eventID: "a" });
      // @ts-expect-error: there may be no scheduler yet
      useScheduler().status();
    };
    expectTypeOf(misuse).toBeFunction();
  });
});
