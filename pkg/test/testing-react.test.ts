// @vitest-environment happy-dom

import { act, createElement } from "react";
import { expect, it } from "vitest";
import { useCountdown, useEventStatus, useTrigger, useUpcomingTriggers } from "../src/react/index.js";
import { createTestScheduler } from "../src/testing/index.js";
import { place, Using } from "./support/react.js";
import { afterTest, conference, NOON } from "./support/schedulers.js";

it("components below a provider follow the time of a test", async () => {
  const test = await createTestScheduler({ now: NOON, events: [conference("a")] });
  afterTest(() => test.dispose());
  const notified: string[] = [];
  const use = (): unknown => {
    useTrigger(async ({ kind }) => {
      await Promise.resolve();
      notified.push(kind);
    });
    const { days, hours, seconds } = useCountdown({ eventId: "a" });
    return [useEventStatus("a")?.sub_status, days, hours, seconds, useUpcomingTriggers().length];
  };
  const page = place();
  await page.showBelow({ scheduler: test.scheduler }, createElement(Using, { use }));
  expect(page.container.textContent).toBe('["registration_not_started",1,0,0,6]');
  await act(() => test.advance("2 h"));
  expect(page.container.textContent).toBe('["registration_not_started",0,22,0,6]');
  await act(() => test.advance("10 s"));
  expect(page.container.textContent).toBe('["registration_not_started",0,21,50,6]');
  await act(() => test.advanceTo("2026-06-02T12:00:00Z"));
  expect(page.container.textContent).toBe('["registration_open",1,0,0,5]');
  expect(notified).toEqual(["registration_open"]);
  await act(() => test.sleep("30 h"));
  expect(notified).toEqual(["registration_open", "registration_close"]);
});
