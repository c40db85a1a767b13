// @vitest-environment happy-dom
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Permission, Role, Session } from "../api/session";
import { DevelopmentBanner } from "../app/DevelopmentBanner";
import { mayEdit } from "../events/mayEdit";
import { AccountMenu } from "./AccountMenu";
import { SessionContext } from "./hooks";
import { SessionGate } from "./SessionGate";

const session = (change: Partial<Session> = {}): Session => ({
  mode: "secured",
  setup_required: false,
  signed_in: true,
  id: "u1",
  name: "root",
  role: "super_admin",
  permissions: ["users:manage", "keys:manage", "audit:read"],
  csrf_token: "token",
  ...change,
});

let root: Root;
let place: HTMLElement;

beforeEach(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  place = document.body.appendChild(document.createElement("div"));
  root = createRoot(place);
});
afterEach(async () => {
  await act(() => root.unmount());
  place.remove();
  vi.unstubAllGlobals();
});

const render = (children: ReactNode) =>
  act(async () =>
    root.render(
      <MantineProvider env="test">
        <QueryClientProvider client={new QueryClient()}>
          <MemoryRouter>{children}</MemoryRouter>
        </QueryClientProvider>
      </MantineProvider>,
    ),
  );

async function menuOf(change: Partial<Session>): Promise<readonly (string | null)[]> {
  await render(
    <SessionContext value={session(change)}>
      <AccountMenu />
    </SessionContext>,
  );
  await act(async () => place.querySelector("button")?.click());
  return [...document.querySelectorAll('[role="menuitem"]')].map((item) => item.textContent);
}

it("shows a stranger the set-up, then the sign-in, and nothing behind them", async () => {
  const nobody = { signed_in: false, id: null, name: null, role: null, permissions: [], csrf_token: null };
  for (const [setup_required, title] of [
    [true, "Set up this server"],
    [false, "Sign in"],
  ] as const) {
    vi.stubGlobal("fetch", async () => Response.json(session({ ...nobody, setup_required })));
    await render(<SessionGate key={title}>the admin</SessionGate>);
    await vi.waitFor(() => expect(place.querySelector("h1")?.textContent).toBe(title));
    expect(place.textContent).not.toContain("the admin");
  }
});

it("offers a super admin the pages about access, and an organizer only his own account", async () => {
  expect(await menuOf({})).toEqual(["Users", "API keys", "Audit", "Password and sessions", "Sign out"]);
  await act(() => root.unmount());
  root = createRoot(place);
  expect(await menuOf({ role: "organizer", permissions: [] })).toEqual(["Password and sessions", "Sign out"]);
});

it("says loudly that nobody had to sign in, and offers no way out", async () => {
  expect(await menuOf({ mode: "development" })).toEqual(["Users", "API keys", "Audit"]);
  for (const [mode, expected] of [
    ["development", true],
    ["secured", false],
  ] as const) {
    await render(
      <SessionContext value={session({ mode })}>
        <DevelopmentBanner />
      </SessionContext>,
    );
    expect(place.textContent?.includes("Development mode") ?? false).toBe(expected);
  }
});

it.each<[Role, readonly Permission[], readonly boolean[]]>([
  ["organizer", ["events:write", "events:approve"], [true, true]],
  ["executive_admin", ["events:write"], [true, false]],
  ["executive_admin", ["events:read"], [false, false]],
])("offers %s with %j an edit of a pending and of an open event: %j", (_role, permissions, expected) => {
  const may = (permission: Permission) => permissions.includes(permission);
  const offered = ["pending_approval", "upcoming"].map((status) => mayEdit(may, { event_id: "e", status }));
  expect(offered).toEqual(expected);
});
