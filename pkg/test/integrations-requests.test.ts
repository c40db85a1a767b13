import axios from "axios";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ClientEventScheduler } from "../src/index.js";
import {
  installAxiosInterceptor,
  installFetch,
  type RequestOptions,
  schedulerFetch,
} from "../src/integrations/index.js";
import { ApiServer } from "./support/api-server.js";
import { afterTest, conference, eventually, makeScheduler, NOON, RecordingLogger } from "./support/schedulers.js";

let server: ApiServer;
let scheduler: ClientEventScheduler;
let logger: RecordingLogger;

beforeEach(async () => {
  server = await ApiServer.start();
  ({ scheduler } = makeScheduler());
  logger = new RecordingLogger();
});
afterEach(() => {
  vi.restoreAllMocks();
});

type Send = (method: string, path: string, body?: unknown) => Promise<{ status: number; data: unknown }>;

/** A client of the server, by either way, that the integration watches. */
const clients: Record<string, (options?: RequestOptions) => Send> = {
  fetch: (options) => {
    const watching = schedulerFetch({ scheduler, logger, ...options });
    return async (method, path, body) => {
      const init =
        body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
      const response = await watching(`${server.url}${path}`, { method, ...init });
      const text = await response.text();
      return { status: response.status, data: text === "" ? undefined : JSON.parse(text) };
    };
  },
  "fetch with a Request": (options) => {
    const watching = schedulerFetch({ scheduler, logger, ...options });
    return async (method, path, body) => {
      const init =
        body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
      const response = await watching(new Request(`${server.url}${path}`, { method, ...init }));
      const text = await response.text();
      return { status: response.status, data: text === "" ? undefined : JSON.parse(text) };
    };
  },
  axios: (options) => {
    const instance = axios.create({ baseURL: server.url, validateStatus: () => true });
    installAxiosInterceptor(instance, { scheduler, logger, ...options });
    return async (method, path, data) => {
      const { status, data: answered } = await instance.request({ method, url: path, data });
      return { status, data: answered === "" ? undefined : answered };
    };
  },
};

const kinds = (eventId: string): string[] => scheduler.queue({ eventId }).map(({ kind }) => kind);
const all = 6;

describe.each(Object.keys(clients))("by %s", (way) => {
  const client = (options?: RequestOptions): Send => (clients[way] as (options?: RequestOptions) => Send)(options);

  it("an event lives from its creation to its removal without a call in the page", async () => {
    const send = client();
    server.answer = (sent) => ({
      status: 201,
      body: { message: "created", event: { ...(sent as object), revision: 1 } },
    });
    const { data } = await send("POST", "/api/v1/admin/events", { ...conference("a"), approval_required: true });
    expect(data).toMatchObject({ message: "created", event: { event_id: "a" } });
    await eventually(() => expect(scheduler.getEvent("a")).toMatchObject({ revision: 1, status: "pending_approval" }));
    expect(kinds("a")).toEqual([]);

    server.answer = { body: { message: "approved" } };
    await send("POST", "/api/v1/admin/events/a/approve");
    await eventually(() => expect(kinds("a")).toHaveLength(all));

    const moved = conference("a", { start_datetime: "2026-06-04T13:00:00Z", revision: 3 });
    server.answer = { body: { data: moved } };
    await send("PUT", "/api/v1/admin/events/update/a", { start_datetime: "2026-06-04T13:00:00Z" });
    await eventually(() =>
      expect(scheduler.queue({ eventId: "a" })[2]?.dueAt).toBe(Date.parse("2026-06-04T13:00:00Z")),
    );

    server.answer = {};
    await send("POST", "/api/v1/admin/events/a/reject", { reason: "too late" });
    await eventually(() => expect(scheduler.getEventStatus("a")?.status).toBe("declined"));
    await send("DELETE", "/api/v1/admin/events/a");
    await eventually(() => expect(scheduler.getEvent("a")).toBeUndefined());
    expect(logger.lines).toEqual([]);
    expect(server.requests).toHaveLength(5);
  });

  it("a call in the page besides leaves one set of triggers", async () => {
    const send = client();
    server.answer = { status: 201, body: conference("a") };
    await send("POST", "/api/events", conference("a"));
    scheduler.addEvent(conference("a"));
    await send("POST", "/api/events", conference("a"));
    await eventually(() => expect(server.requests).toHaveLength(2));
    scheduler.addEvent(conference("a"));
    expect(scheduler.status()).toMatchObject({ eventsTracked: 1, triggersQueued: all });
  });

  it("what was sent counts where nothing was answered, and leaves the other fields as they are", async () => {
    const send = client();
    scheduler.addEvent(conference("a", { revision: 4, venue: "Hall 1" }));
    server.answer = { body: { message: "saved" } };
    await send("PATCH", "/api/events/a", { venue: "Hall 2", end_datetime: "2026-06-05T13:00:00Z", revision: 4 });
    await eventually(() => expect(scheduler.getEvent("a")?.venue).toBe("Hall 2"));
    expect(scheduler.getEvent("a")).toMatchObject({
      event_name: "Conference a",
      start_datetime: "2026-06-04T12:00:00Z",
    });
    expect(scheduler.getEvent("a")?.revision).toBeUndefined();
    expect(kinds("a")).toHaveLength(all);
    server.answer = {};
    await send("POST", "/api/events", conference("b"));
    await eventually(() => expect(kinds("b")).toHaveLength(all));
  });

  it("an approval that is decided anew does not stay what it was", async () => {
    const send = client();
    scheduler.addEvent(conference("a", { event_approval_status: "declined" }));
    server.answer = {};
    await send("PATCH", "/api/events/a", { event_approval_status: "approved" });
    await eventually(() => expect(kinds("a")).toHaveLength(all));
    scheduler.addEvent(conference("b", { status: "cancelled" }));
    await send("PATCH", "/api/events/b", { venue: "Hall 2" });
    await eventually(() => expect(scheduler.getEvent("b")?.venue).toBe("Hall 2"));
    expect(scheduler.getEventStatus("b")?.status).toBe("cancelled");
  });

  it("bulk requests are taken event by event, an invalid one beside good ones", async () => {
    const send = client();
    server.answer = (sent) => ({ body: { data: { events: sent } } });
    await send("POST", "/api/events/bulk", [
      conference("a"),
      conference("bad", { end_datetime: "soon" }),
      conference("b"),
    ]);
    await eventually(() => expect(scheduler.getAllEvents().map(({ event_id }) => event_id)).toEqual(["a", "b"]));
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]).toMatch(/^error POST …\/events has not reached the scheduler: .*end_datetime/);
    await send("DELETE", "/api/events", { event_ids: ["a", "b"] });
    await eventually(() => expect(scheduler.getAllEvents()).toEqual([]));
  });

  it("a request that was refused, reads, or concerns something else changes nothing", async () => {
    const send = client();
    scheduler.addEvent(conference("a"));
    server.answer = { status: 409, body: { event: conference("b") } };
    expect((await send("POST", "/api/events", conference("b"))).status).toBe(409);
    server.answer = { status: 500, text: "<h1>oops</h1>", type: "application/json" };
    await send("DELETE", "/api/events/a").catch(() => undefined);
    server.answer = { body: { event: conference("c") } };
    await send("GET", "/api/events/c");
    await send("POST", "/api/events/a/registrations", { event_id: "a", attendee: "x" });
    // A request that counts, after those.
    server.answer = { body: conference("z") };
    await send("POST", "/api/events", {});
    await eventually(() => expect(scheduler.getEvent("z")).toBeDefined());
    expect(scheduler.getAllEvents().map(({ event_id }) => event_id)).toEqual(["a", "z"]);
    expect(logger.lines).toEqual([]);
  });

  it("a route that cannot be understood is named once, with what to do", async () => {
    const send = client();
    server.answer = { body: { message: "saved" } };
    await send("POST", "/api/events", { title: "no event" });
    await send("POST", "/api/events", { title: "no event" });
    await eventually(() => expect(logger.lines).toHaveLength(1));
    expect(logger.lines[0]).toMatch(/^warn POST …\/events has succeeded, but which event .*`events`.*`routes`/);
    expect(scheduler.getAllEvents()).toEqual([]);
  });

  it("routes and envelopes can be one's own", async () => {
    const send = client({
      routes: [{ path: "/talks/:eventId", change: "update" }],
      events: (data) => (data as { talk: ReturnType<typeof conference> }).talk,
    });
    server.answer = { body: { talk: conference("a") } };
    await send("PUT", "/api/talks/a", {});
    await eventually(() => expect(kinds("a")).toHaveLength(all));
  });

  it("the page gets its answer even where the integration fails", async () => {
    const events = (): never => {
      throw new Error("a bug in the page");
    };
    const send = client({ events });
    server.answer = { body: conference("a") };
    expect((await send("POST", "/api/events", conference("a"))).data).toMatchObject({ event_id: "a" });
    await eventually(() => expect(logger.lines.join()).toContain("a bug in the page"));
    scheduler.dispose();
    expect((await client()("DELETE", "/api/events/a")).status).toBe(200);
    await eventually(() => expect(logger.lines.join()).toContain("disposed"));
  });
});

describe("installFetch", () => {
  it("watches the page's fetch until it is ended, whoever has wrapped it meanwhile", async () => {
    const original = globalThis.fetch;
    afterTest(() => {
      globalThis.fetch = original;
    });
    const end = installFetch({ scheduler, logger });
    server.answer = { body: conference("a") };
    await fetch(`${server.url}/api/events`, { method: "POST" });
    await eventually(() => expect(scheduler.getEvent("a")).toBeDefined());
    const watched = globalThis.fetch;
    globalThis.fetch = (input, init) => watched(input, init);
    end();
    await fetch(`${server.url}/api/events/a`, { method: "DELETE" });
    expect(scheduler.getEvent("a")).toBeDefined();
    const again = installFetch({ scheduler, logger });
    again();
    expect(globalThis.fetch).not.toBe(original);
    globalThis.fetch = original;
    installFetch({ scheduler, logger })();
    expect(globalThis.fetch).toBe(original);
  });

  it("passes on what fetch throws, and answers whose body is not for reading", async () => {
    const failing = schedulerFetch({ scheduler, logger, fetch: () => Promise.reject(new TypeError("offline")) });
    await expect(failing("/api/events", { method: "POST", body: "{}" })).rejects.toThrow("offline");
    const empty = schedulerFetch({ scheduler, logger, fetch: async () => new Response(null, { status: 204 }) });
    expect((await empty("/api/events/a", { method: "DELETE" })).status).toBe(204);
    expect(logger.lines).toEqual([]);
  });

  it("sends bodies of other kinds as they are", async () => {
    const watching = schedulerFetch({ scheduler, logger });
    server.answer = { body: { event: conference("a") } };
    const form = new URLSearchParams({ event_name: "Conference a" });
    await watching(new URL(`${server.url}/api/events`), { method: "POST", body: form });
    expect(server.requests).toEqual(["POST /api/events event_name=Conference+a"]);
    await eventually(() => expect(scheduler.getEvent("a")).toBeDefined());
  });
});

describe("an axios interceptor", () => {
  it("has told the scheduler before the page goes on, until it is ended", async () => {
    const instance = axios.create({ baseURL: `${server.url}/api` });
    const end = installAxiosInterceptor(instance, { scheduler, logger });
    server.answer = { body: conference("a") };
    await instance.post("events", conference("a"));
    expect(scheduler.getEvent("a")).toBeDefined();
    await instance.delete("events", { params: { event_id: "a" } });
    expect(scheduler.getEvent("a")).toBeUndefined();
    await instance.post("events", conference("a"), { params: new URLSearchParams({ id: "ignored" }) });
    end();
    await instance.delete("events/a");
    expect(scheduler.getEvent("a")).toBeDefined();
    expect(Date.parse(NOON)).toBe(scheduler.now());
  });
});
