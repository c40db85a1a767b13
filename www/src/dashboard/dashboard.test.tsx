// @vitest-environment happy-dom
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { SchedulerProvider } from "client-event-scheduler/react";
import { createTestScheduler, type TestScheduler } from "client-event-scheduler/testing";
import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Session } from "../api/session";
import { Standing } from "../detail/Standing";
import { ChangeLog } from "../scheduler/changeLog";
import { EventIndex } from "../scheduler/eventIndex";
import { AdminSchedulerContext } from "../scheduler/SchedulerGate";
import { SessionContext } from "../session/hooks";
import { Coming } from "./Coming";
import { Glance } from "./Glance";
import { Missed } from "./Missed";
import { NextUp } from "./NextUp";

const NOW = "2030-03-01T09:00:00Z";
const session = { permissions: ["scheduler:read"] } as unknown as Session;

const EVENTS = [
  {
    event_id: "regatta",
    event_name: "Regatta",
    venue: "Trieste",
    registration_end_date: "2030-03-01T11:00:00Z",
    start_datetime: "2030-03-01T12:00:00Z",
    end_datetime: "2030-03-01T15:00:00Z",
  },
  {
    event_id: "fair",
    event_name: "Fair",
    start_datetime: "2030-03-20T12:00:00Z",
    end_datetime: "2030-03-20T15:00:00Z",
  },
  {
    event_id: "proposed",
    approval_required: true,
    start_datetime: "2030-03-20T12:00:00Z",
    end_datetime: "2030-03-20T15:00:00Z",
  },
];

let root: Root;
let place: HTMLElement;
let test: TestScheduler;

beforeEach(async () => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  vi.stubGlobal("fetch", async () => Response.json({ detail: "no server in this test" }, { status: 503 }));
  place = document.body.appendChild(document.createElement("div"));
  root = createRoot(place);
  test = await createTestScheduler({ now: NOW, events: EVENTS });
});
afterEach(async () => {
  await act(() => root.unmount());
  test.scheduler.dispose();
  place.remove();
  vi.unstubAllGlobals();
});

async function render(children: ReactNode): Promise<void> {
  const { scheduler } = test;
  const admin = { scheduler, events: new EventIndex(scheduler), changes: new ChangeLog(scheduler) };
  await act(async () =>
    root.render(
      <MantineProvider env="test">
        <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
          <SessionContext value={session}>
            <AdminSchedulerContext value={admin}>
              <SchedulerProvider scheduler={scheduler}>
                <MemoryRouter>{children}</MemoryRouter>
              </SchedulerProvider>
            </AdminSchedulerContext>
          </SessionContext>
        </QueryClientProvider>
      </MantineProvider>,
    ),
  );
}

const pass = (time: Parameters<TestScheduler["advance"]>[0]) => act(() => test.advance(time));
const countdown = () => place.querySelector('[role="timer"]')?.textContent;

it("counts the next trigger down by the scheduler's clock, and goes on to the following one when it has fired", async () => {
  await render(<NextUp />);
  expect(place.textContent).toContain("Registration closes");
  expect(place.textContent).toContain("Regatta");
  expect(countdown()).toBe("2:00:00");
  await pass("90 min");
  expect(countdown()).toBe("30:00");
  await pass("30 min");
  expect(place.textContent).toContain("Event starts");
  expect(countdown()).toBe("1:00:00");
});

it("lists what follows the next trigger, in order, and how many are queued in all", async () => {
  await render(<Coming />);
  const rows = [...place.querySelectorAll("li")].map((row) => row.textContent ?? "");
  expect(rows.map((row) => row.slice(0, 7))).toEqual(["Regatta", "Regatta", "FairEve", "FairEve"]);
  expect(place.textContent).toContain("5 queued");
});

it("keeps its numbers as time passes", async () => {
  await render(<Glance />);
  const numbers = () =>
    Object.fromEntries(
      [...place.querySelectorAll("li a")].map((tile) => {
        const [value, label] = [...tile.children].map((part) => part.textContent ?? "");
        return [label, value];
      }),
    );
  expect(numbers()).toEqual({
    "under way": "0",
    "registration open": "1",
    "triggers within a day": "3",
    upcoming: "2",
    "waiting for approval": "1",
    "need correction": "0",
  });
  await pass("4 h");
  expect(numbers()).toMatchObject({ "under way": "1", "registration open": "0", "triggers within a day": "1" });
});

it("tells what this page missed while it slept, and what became of it", async () => {
  await render(<Missed />);
  expect(place.textContent).toContain("Nothing was missed");
  await act(() => test.sleep("10 h"));
  const lines = [...place.querySelectorAll("tbody tr")].map((line) => line.children[0]?.textContent);
  expect(lines).toEqual(["Found late", "Delivered after all"]);
  expect(place.querySelector("tbody td")?.textContent).toBe("3");
});

it("shows of one event its state and its own next trigger, and why none is to come", async () => {
  await render(<Standing event={{ ...EVENTS[0], event_id: "regatta" }} />);
  expect(place.textContent).toContain("Registration open");
  await pass("3 h");
  expect(place.textContent).toContain("Event under way");
  expect(countdown()).toBe("3:00:00");
  await pass("3 h");
  expect(countdown()).toBeUndefined();
  expect(place.textContent).toContain("Nothing is to come.");
});
