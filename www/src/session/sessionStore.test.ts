import { afterEach, expect, it, vi } from "vitest";
import { requestJson } from "../api/http";
import type { Session } from "../api/session";
import { fetchSignedIn, sessionStore } from "./sessionStore";

const session = (change: Partial<Session> = {}): Session => ({
  mode: "secured",
  setup_required: false,
  signed_in: true,
  id: "u1",
  name: "root",
  role: "super_admin",
  permissions: ["events:read"],
  csrf_token: "token-1",
  ...change,
});

const problem = (status: number, code: string) =>
  new Response(JSON.stringify({ status, code, detail: "refused", problems: [] }), { status });

/** Answers the coming requests in this order and keeps what was asked. */
function answers(...responses: readonly Response[]) {
  const asked: Request[] = [];
  const queue = [...responses];
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    asked.push(new Request(`http://server${path}`, { ...init, signal: null }));
    const next = queue.shift();
    return next ? Promise.resolve(next) : Promise.reject(new TypeError("no answer"));
  });
  return asked;
}

const anything = { safeParse: (data: unknown) => ({ success: true, data }) } as never;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  // Every test begins signed in as the same user.
  sessionStore.adopt(session());
});

it("sends the session's token with every change and with nothing else", async () => {
  sessionStore.adopt(session());
  const asked = answers(Response.json({}), Response.json({}));
  await requestJson("/a", anything, { method: "POST", body: {} });
  await requestJson("/b", anything);
  expect(asked.map((request) => request.headers.get("x-csrf-token"))).toEqual(["token-1", null]);
});

it("asks for a sign-in when the server no longer knows the session, and keeps the page", async () => {
  sessionStore.adopt(session());
  answers(problem(401, "SESSION_EXPIRED"));
  await expect(requestJson("/a", anything)).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
  expect(sessionStore.getSnapshot()).toMatchObject({ lost: true, session: { name: "root" } });
  sessionStore.adopt(session({ csrf_token: "token-2" }));
  expect(sessionStore.getSnapshot()).toMatchObject({ lost: false, session: { csrf_token: "token-2" } });
});

it("does not take a wrong password for a lost session", async () => {
  sessionStore.adopt(session());
  answers(problem(401, "SIGN_IN_FAILED"));
  await expect(requestJson("/a", anything, { method: "POST" })).rejects.toMatchObject({ code: "SIGN_IN_FAILED" });
  expect(sessionStore.getSnapshot().lost).toBe(false);
});

it("repeats a change with the new token when another tab has begun a new session", async () => {
  sessionStore.adopt(session());
  const asked = answers(
    problem(403, "CSRF_TOKEN_INVALID"),
    Response.json(session({ csrf_token: "token-2" })),
    Response.json({ done: true }),
  );
  expect(await requestJson("/a", anything, { method: "POST", body: {} })).toEqual({ done: true });
  expect(asked.map((request) => new URL(request.url).pathname)).toEqual(["/a", "/api/v1/session", "/a"]);
  expect(asked[2]?.headers.get("x-csrf-token")).toBe("token-2");
});

it("starts afresh when another tab has signed somebody else in, and repeats nothing in his name", async () => {
  sessionStore.adopt(session());
  const restart = vi.spyOn(sessionStore, "restart").mockImplementation(() => undefined);
  const asked = answers(problem(403, "CSRF_TOKEN_INVALID"), Response.json(session({ id: "u2", name: "olga" })));
  await expect(requestJson("/a", anything, { method: "POST" })).rejects.toMatchObject({ code: "CSRF_TOKEN_INVALID" });
  expect(restart).toHaveBeenCalledOnce();
  expect(asked).toHaveLength(2);
});

it("lets the feed wait for a sign-in and then asks again", async () => {
  sessionStore.adopt(session());
  const asked = answers(problem(401, "SESSION_EXPIRED"), Response.json({ events: [] }));
  const answer = fetchSignedIn("/feed");
  await vi.waitFor(() => expect(sessionStore.getSnapshot().lost).toBe(true));
  expect(asked).toHaveLength(1);
  sessionStore.adopt(session());
  expect((await answer).status).toBe(200);
  expect(asked).toHaveLength(2);
});

it("lets a waiting request of the feed be given up", async () => {
  sessionStore.adopt(session());
  answers(problem(401, "SESSION_EXPIRED"));
  const giveUp = new AbortController();
  const answer = fetchSignedIn("/feed", { signal: giveUp.signal });
  await vi.waitFor(() => expect(sessionStore.getSnapshot().lost).toBe(true));
  giveUp.abort(new Error("not needed any more"));
  await expect(answer).rejects.toThrow("not needed any more");
});
