import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, it, vi } from "vitest";
import {
  SchedulerProvider,
  useCountdown,
  useEventStatus,
  useEvents,
  useScheduler,
  useSchedulerHealth,
  useTrigger,
  useUpcomingTriggers,
} from "../src/react/index.js";

it("renders on a server, where there is neither window nor module nor time", () => {
  expect(typeof window).toBe("undefined");
  vi.useFakeTimers();
  const compile = vi.spyOn(WebAssembly, "compile");
  const complaints = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const All = (): string => {
    useTrigger("event_start", () => undefined);
    return JSON.stringify([
      useScheduler(),
      useEventStatus("a") ?? null,
      useEvents().length,
      useCountdown(Date.now() + 5000).target,
      useUpcomingTriggers().length,
      useSchedulerHealth(),
    ]);
  };
  const html = renderToString(createElement(SchedulerProvider, { options: { logger: false } }, createElement(All)));
  expect(html).toBe("[null,null,0,null,0,null]");
  expect(vi.getTimerCount()).toBe(0);
  expect(compile).not.toHaveBeenCalled();
  expect(complaints).not.toHaveBeenCalled();
  vi.useRealTimers();
});
