// @vitest-environment happy-dom

import { expect, it } from "vitest";

it("an edit of a module swaps the handlers of what is mounted, and leaves one registration", async () => {
  // The runtime must be there before React, as in a development server.
  const refresh = await import("react-refresh/runtime");
  refresh.injectIntoGlobalHook(globalThis);
  const { act, createElement } = await import("react");
  const { SchedulerProvider, useEventStatus, useTrigger } = await import("../src/react/index.js");
  const { handlersOf, place } = await import("./support/react.js");
  const { conference, makeScheduler } = await import("./support/schedulers.js");

  const { scheduler, clock } = makeScheduler();
  scheduler.addEvent(conference("a"));
  scheduler.start();
  const heard: string[] = [];
  const edition = (name: string) => {
    const Page = (): string => {
      useTrigger("registration_open", () => heard.push(name));
      return `${name}: ${useEventStatus("a")?.sub_status}`;
    };
    refresh.register(Page, "page.js Page");
    refresh.setSignature(Page, "useTrigger useEventStatus");
    return Page;
  };
  const page = place();
  await page.show(createElement(SchedulerProvider, { scheduler }, createElement(edition("first"))));
  expect(page.container.textContent).toBe("first: registration_not_started");
  for (const name of ["second", "third"]) {
    edition(name);
    await act(async () => void refresh.performReactRefresh());
    expect(page.container.textContent).toBe(`${name}: registration_not_started`);
  }
  await act(async () => {
    clock.moveTo("2026-06-02T12:00:00Z");
    scheduler.tick();
  });
  expect(heard).toEqual(["third"]);
  expect(page.container.textContent).toBe("third: registration_open");
  // One for the trigger, one for all that is shown.
  expect(handlersOf(scheduler)).toBe(2);
});
