import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Server } from "../e2e/support/server.js";
import { BrokenBackEnd, type Change, type Fault } from "./broken-back-end.js";
import { doctor, NOTHING, report } from "./doctor.js";

let server: Server;

beforeAll(async () => {
  server = await Server.start();
  for (const n of [1, 2, 3, 4, 5, 6, 7]) {
    const event = { event_id: `e${n}`, start_datetime: "2090-01-01T10:00Z", end_datetime: "2090-01-01T12:00Z" };
    await server.call("POST", "create", event);
  }
  await server.call("DELETE", "delete/e3");
});
afterAll(() => server.stop());

const failures = (checks: readonly { readonly name: string; readonly verdict: string }[]) =>
  checks.filter(({ verdict }) => verdict === "failed").map(({ name }) => name);

/** The answer with some of its fields changed, `undefined` taking one away. */
const withFields = (json: Record<string, unknown>, fields: Record<string, unknown>): Change => ({
  body: JSON.stringify({ ...json, ...fields }),
});
const changesOf = (json: Record<string, unknown>) => (json.changes ?? []) as readonly Record<string, unknown>[];

/** Faults, and the checks that must find each; every other check must pass. */
const FAULTS: readonly (readonly [string, Fault, readonly string[], (readonly string[])?])[] = [
  ["the snapshot fails", { route: "/snapshot", answer: () => ({ status: 500 }) }, ["snapshot"]],
  ["the snapshot is no list", { route: "/snapshot", answer: (json) => withFields(json, { events: {} }) }, ["snapshot"]],
  [
    "a missing cursor",
    { route: "/snapshot", answer: (json) => withFields(json, { cursor: undefined }) },
    ["snapshot cursor"],
  ],
  [
    "an event twice in the snapshot",
    {
      route: "/snapshot",
      answer: (json) => withFields(json, { events: [...(json.events as unknown[]), (json.events as unknown[])[0]] }),
    },
    ["snapshot events"],
  ],
  [
    "server times the wrong way round",
    {
      route: "/snapshot",
      answer: (json) => {
        const { received_at, sent_at } = json.server_time as { received_at: string; sent_at: string };
        const later = new Date(Date.parse(sent_at) + 5).toISOString();
        return withFields(json, { server_time: { received_at: later, sent_at: received_at } });
      },
    },
    ["snapshot times"],
  ],
  [
    "a watermark that is still to come",
    {
      route: "/snapshot",
      answer: (json) => withFields(json, { watermark: new Date(Date.now() + 60_000).toISOString() }),
    },
    ["snapshot watermark"],
  ],
  [
    "no server times",
    {
      route: "/changes",
      answer: (json, _, status) => (status === 200 ? withFields(json, { server_time: undefined }) : undefined),
    },
    ["changes: times"],
  ],
  [
    "no next cursor",
    {
      route: "/changes",
      answer: (json, _, status) => (status === 200 ? withFields(json, { next_cursor: undefined }) : undefined),
    },
    ["changes: up to date", "changes: readable"],
  ],
  [
    "never up to date",
    {
      route: "/changes",
      answer: (json, _, status) => (status === 200 ? withFields(json, { up_to_date: null }) : undefined),
    },
    ["changes: up to date", "changes: readable"],
  ],
  [
    "a wrong checksum",
    {
      route: "/changes",
      answer: (json) =>
        json.up_to_date
          ? withFields(json, { up_to_date: { ...(json.up_to_date as object), checksum: "0".repeat(16) } })
          : undefined,
    },
    ["checksum"],
  ],
  [
    "no 410 for foreign cursors",
    {
      route: "/changes",
      answer: (json, _, status) => (status === 410 ? { status: 400, body: JSON.stringify(json) } : undefined),
    },
    ["changes: a foreign cursor", "changes: a cursor ahead of the feed"],
  ],
  [
    "a gap: one change is missing",
    {
      route: "/changes",
      answer: (json) => withFields(json, { changes: changesOf(json).filter(({ event_id }) => event_id !== "e7") }),
    },
    ["changes: complete"],
  ],
  [
    "changes out of order",
    {
      route: "/changes",
      answer: (json, query) =>
        query.has("limit") ? undefined : withFields(json, { changes: [...changesOf(json)].reverse() }),
    },
    ["changes are in order", "changes: paging", "stream: resumes"],
  ],
  ["the limit is not kept to", { route: "/changes", ask: (query) => query.delete("limit") }, ["changes: paging"]],
  [
    "a tombstone that is forgotten",
    {
      route: "/changes",
      answer: (json) =>
        withFields(json, {
          changes: changesOf(json).map((item) =>
            item.deleted === true
              ? { rev: item.rev, event_id: item.event_id, deleted: false, event: { event_id: item.event_id } }
              : item,
          ),
        }),
    },
    ["changes: complete"],
  ],
  ["a stream of another type", { route: "/stream", type: "text/plain" }, ["stream: opens"]],
  [
    "a stream that takes any cursor",
    { route: "/stream", answer: () => ({ status: 200, type: "text/event-stream", body: "" }) },
    ["stream: a foreign cursor"],
  ],
  [
    "no bookmark",
    { route: "/stream", frames: (text) => text.replaceAll("event: bookmark", "event: other") },
    ["stream: bookmark"],
    ["--timeout", "1"],
  ],
  [
    "a stream without cursors",
    { route: "/stream", frames: (text) => text.replaceAll(/^id: .*\n/gm, "") },
    ["stream: resumes"],
  ],
  [
    "a stream that begins anew each time",
    {
      route: "/stream",
      ask: (query) => query.set("cursor", (query.get("cursor") ?? "").replace(/^(.+)\.[1-9]$/, "$1.0")),
    },
    ["stream: resumes"],
  ],
  [
    "a mutation without its seq",
    { route: "/create", answer: (json) => withFields(json, { seq: undefined }) },
    ["write: create answers"],
    ["--write"],
  ],
  [
    "a deletion that does not happen",
    {
      route: "/delete",
      answer: (json, _, status) => (status === 200 ? withFields(json, { seq: 1_000_000 }) : undefined),
    },
    ["write: delete is in the feed"],
    ["--write"],
  ],
];

const CASES = FAULTS.map(([name, fault, expected, args = []]) => ({ name, fault, expected, args }));

describe("a back end", () => {
  it.each(CASES)("with one fault is told of it: $name", async ({ fault, expected, args }) => {
    const broken = await BrokenBackEnd.start(server.url, fault);
    try {
      const { code, feed } = await report("--project", NOTHING, "--url", broken.url, ...args);
      expect(failures(feed?.checks ?? [])).toEqual(expected);
      expect(code).toBe(1);
    } finally {
      broken.stop();
    }
  });

  it("that keeps the contract passes every check, heartbeat and writing too", async () => {
    const { code, feed } = await report("--project", NOTHING, "--url", server.url, "--wait", "--write");
    const open = (feed?.checks ?? []).filter(({ verdict }) => verdict !== "passed");
    expect(open).toEqual([]);
    expect(feed?.checks.length).toBeGreaterThan(20);
    expect(code).toBe(0);
  });

  it("is not changed unless the doctor is told to", async () => {
    const before = (await report("--project", NOTHING, "--url", server.url)).feed?.checks;
    const after = (await report("--project", NOTHING, "--url", `${server.url}/api/v1/scheduler/`)).feed?.checks;
    const cursor = (checks: typeof before) => checks?.find(({ name }) => name === "snapshot cursor")?.found;
    expect(cursor(after)).toBe(cursor(before));
    expect(after?.find(({ name }) => name === "writing")).toMatchObject({ verdict: "not_checked" });
  });

  it("gets the headers, and they are not printed", async () => {
    const seen: (string | undefined)[] = [];
    const broken = await BrokenBackEnd.start(
      server.url,
      { route: "/snapshot", answer: () => ({ status: 401 }) },
      (request) => seen.push(request.headers.authorization),
    );
    try {
      const { out, err } = await doctor(
        "--project",
        NOTHING,
        "--url",
        broken.url,
        "--header",
        "Authorization: Bearer top-secret",
      );
      expect(seen).toEqual(["Bearer top-secret"]);
      expect(out + err).not.toContain("top-secret");
      expect(out).toContain("FAILED  snapshot");
    } finally {
      broken.stop();
    }
  });
});
