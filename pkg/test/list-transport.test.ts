import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import type { ChangesPage, EventInput, Transport } from "../src/index.js";
import { type ListTransportOptions, listTransport } from "../src/transports/index.js";
import { Random, SEED } from "./support/random.js";
import { afterTest, conference, eventually, makeScheduler, rejected, thrownBy } from "./support/schedulers.js";

/** A back end that has a list of events and nothing else. */
class ListServer {
  events: unknown[] = [];
  /** Items on a page; 0 for all on one. */
  pageSize = 0;
  etags = true;
  refuseWith: number | null = null;
  /** Status of each answer so far. */
  readonly answers: number[] = [];
  url = "";

  static async start(): Promise<ListServer> {
    const list = new ListServer();
    const server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? "/", "http://localhost");
      const from = Number(searchParams.get("from") ?? 0);
      const until = list.pageSize === 0 ? list.events.length : from + list.pageSize;
      const more = until < list.events.length;
      const items = list.events.slice(from, until);
      const body = JSON.stringify(list.pageSize === 0 ? items : { items, next: more ? `?from=${until}` : null });
      const etag = `"${createHash("sha1").update(body).digest("hex")}"`;
      const known = list.etags && request.headers["if-none-match"] === etag;
      const status = list.refuseWith ?? (known ? 304 : 200);
      list.answers.push(status);
      response.writeHead(status, { "content-type": "application/json", ...(list.etags && { etag }) });
      response.end(status === 200 ? body : undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    afterTest(() => {
      server.closeAllConnections();
      server.close();
    });
    list.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
    return list;
  }
}

const signal = new AbortController().signal;
const next = (answer: unknown): string | null => (answer as { next?: string | null }).next ?? null;

async function begin(transport: Transport): Promise<string> {
  const source = (await transport.snapshot({ signal })) as Uint8Array;
  return (JSON.parse(new TextDecoder().decode(source)) as { cursor: string }).cursor;
}

/** The changes as words. */
const words = ({ changes }: ChangesPage): string[] =>
  changes.map(({ eventId, deleted }) => `${deleted ? "-" : "+"}${eventId}`);

describe("a list that is polled", () => {
  it("becomes changes and removals, by what differs", async () => {
    const server = await ListServer.start();
    server.events = [conference("a"), conference("b"), conference("c")];
    const transport = listTransport({ url: server.url });
    let cursor = await begin(transport);
    const ask = async (): Promise<string[]> => {
      const page = await transport.changes(cursor, { signal });
      cursor = page.nextCursor;
      return words(page);
    };
    expect(await ask()).toEqual([]);
    server.events = [conference("d"), conference("a", { venue: "Hall 2" }), conference("c")];
    expect(await ask()).toEqual(["+d", "+a", "-b"]);
    expect(await ask()).toEqual([]);
    expect(server.answers).toEqual([200, 304, 200, 304]);
    server.etags = false;
    expect(await ask()).toEqual([]);
  });

  it("drives a scheduler, which needs no stream and no cursor of the back end", async () => {
    const server = await ListServer.start();
    server.events = [conference("a")];
    const { scheduler, clock } = makeScheduler({ transport: listTransport({ url: server.url }) });
    scheduler.start();
    await eventually(() => expect(scheduler.health().sync.state).toBe("polling"));
    server.events = [conference("b")];
    clock.advance(4 * 3_600_000);
    scheduler.tick();
    await eventually(() => expect(scheduler.getAllEvents().map(({ event_id }) => event_id)).toEqual(["b"]));
    server.refuseWith = 500;
    clock.advance(4 * 3_600_000);
    scheduler.tick();
    await eventually(() => expect(scheduler.health().sync.failures).toBeGreaterThan(0));
    expect(scheduler.getEvent("b")).toBeDefined();
    server.refuseWith = null;
    await eventually(() => expect(scheduler.health().sync).toMatchObject({ state: "polling", failures: 0 }));
  });

  it("is read page by page, and an event that has moved between pages is not taken for removed", async () => {
    const server = await ListServer.start();
    server.pageSize = 2;
    server.events = ["a", "b", "c", "d", "e"].map((id) => conference(id));
    const transport = listTransport({ url: server.url, next });
    let cursor = await begin(transport);
    expect(server.answers).toEqual([200, 200, 200]);
    const ask = async (): Promise<string[]> => {
      const page = await transport.changes(cursor, { signal });
      cursor = page.nextCursor;
      return words(page);
    };
    const all = server.events;
    server.events = all.filter((event) => (event as EventInput).event_id !== "c");
    expect(await ask()).toEqual([]);
    server.events = all;
    expect(await ask()).toEqual([]);
    server.events = all.filter((event) => (event as EventInput).event_id !== "c");
    expect(await ask()).toEqual([]);
    expect(await ask()).toEqual(["-c"]);
    expect(server.answers.slice(-2)).toEqual([304, 304]);
  });

  it.each<[string, unknown, Partial<ListTransportOptions>, string[]]>([
    ["under a usual name", { data: [{ event_id: "a" }] }, {}, ["a"]],
    [
      "anywhere",
      { page: { rows: [{ event_id: "a" }] } },
      { select: (json) => (json as { page: { rows: [] } }).page.rows },
      ["a"],
    ],
    ["with another field for the id", [{ uid: "a" }, { uid: 7 }], { eventId: "uid" }, ["a", "7"]],
    [
      "with other fields",
      [{ key: "a", from: "2026-06-04T12:00Z" }, { key: "draft" }],
      {
        map: (item) => {
          const { key, from } = item as { key: string; from?: string };
          return from === undefined ? null : { event_id: key, start_datetime: from };
        },
      },
      ["a"],
    ],
  ])("can be %s", async (_what, answer, options, ids) => {
    const transport = listTransport({ key: "k", load: async () => answer, ...options });
    const source = (await transport.snapshot({ signal })) as Uint8Array;
    const { events } = JSON.parse(new TextDecoder().decode(source)) as { events: EventInput[] };
    expect(events.map(({ event_id }) => event_id)).toEqual(ids);
  });

  it.each<[string, unknown, Partial<ListTransportOptions>, string]>([
    ["no list", { rows: [] }, {}, "`select`"],
    ["no ids", [{ uid: "a" }], {}, "`eventId`"],
    ["no end", [{ event_id: "a" }], { next: () => "again" }, "no end"],
  ])("says what is wrong with an answer that has %s", async (_what, answer, options, message) => {
    const transport = listTransport({ key: "k", load: async () => answer, ...options });
    expect(await rejected(transport.snapshot({ signal }))).toMatchObject({
      code: "BAD_ANSWER",
      retryable: true,
      message: expect.stringContaining(message),
    });
  });

  it.each<[object]>([[{}], [{ url: "/a", load: async () => [] }], [{ load: async () => [] }]])(
    "has one address, or a function with a key: not %o",
    (options) => {
      expect(thrownBy(() => listTransport(options))).toMatchObject({ code: "WRONG_ARGUMENT" });
    },
  );

  it("asks for a snapshot where it was not read up to a place: in another tab, or at the next visit", async () => {
    const load = async (): Promise<unknown> => [conference("a")];
    const cursor = await begin(listTransport({ key: "k", load }));
    const other = listTransport({ key: "k", load });
    expect(await rejected(other.changes(cursor, { signal }))).toMatchObject({ code: "CURSOR_EXPIRED" });
  });

  it(`comes to the same events as the list, whatever is done to it; CES_SEED=${SEED}`, async () => {
    const random = new Random(SEED);
    const server = await ListServer.start();
    const transport = listTransport({ url: server.url, next });
    let cursor = await begin(transport);
    const seen = new Map<string, EventInput>();
    for (let round = 0; round < 60; round += 1) {
      server.pageSize = random.pick([0, 0, 1, 3]);
      server.etags = random.below(4) > 0;
      const events = server.events as EventInput[];
      for (let edits = random.below(4); edits > 0; edits -= 1) {
        const id = `e${random.below(8)}`;
        const at = events.findIndex(({ event_id }) => event_id === id);
        events.splice(
          at < 0 ? 0 : at,
          at < 0 ? 0 : 1,
          ...(random.below(3) > 0 ? [conference(id, { venue: random.below(3) })] : []),
        );
      }
      // Twice, so that what is missing from pages is known to be gone.
      for (const _ of [1, 2]) {
        const page = await transport.changes(cursor, { signal });
        cursor = page.nextCursor;
        for (const change of page.changes) {
          change.deleted ? seen.delete(change.eventId) : seen.set(change.eventId, change.event);
        }
      }
      const sorted = (list: readonly EventInput[]): unknown =>
        [...list].sort((a, b) => a.event_id.localeCompare(b.event_id));
      const listed = new Map(events.map((event) => [event.event_id, event]));
      expect(sorted([...seen.values()])).toEqual(sorted([...listed.values()]));
    }
  });
});
