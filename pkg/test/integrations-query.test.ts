import { MutationObserver, type MutationOptions, QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ClientEventScheduler, startScheduler } from "../src/index.js";
import {
  type MutationLike,
  type QueryOptions,
  type SchedulerChange,
  withScheduler,
} from "../src/integrations/index.js";
import { ApiServer } from "./support/api-server.js";
import { afterTest, conference, eventually, makeScheduler, RecordingLogger } from "./support/schedulers.js";

let client: QueryClient;
let server: ApiServer;
let scheduler: ClientEventScheduler;
let logger: RecordingLogger;
let end: () => void;

beforeEach(async () => {
  client = new QueryClient();
  server = await ApiServer.start();
  ({ scheduler } = makeScheduler());
  logger = new RecordingLogger();
});
afterEach(() => {
  client.clear();
});

function watch(options: QueryOptions = {}): void {
  end = withScheduler(client, { scheduler, logger, ...options });
}

/** Carries a mutation out against the server, as a component does, and answers what the page gets. */
async function mutate(variables: unknown, options: MutationOptions<unknown, Error, unknown> = {}): Promise<unknown> {
  const observer = new MutationObserver<unknown, Error, unknown>(client, {
    mutationFn: async (sent) => {
      const response = await fetch(server.url, { method: "POST", body: JSON.stringify(sent ?? null) });
      if (!response.ok) {
        throw new Error(`the server answered ${response.status}`);
      }
      return response.status === 204 ? undefined : response.json();
    },
    ...options,
  });
  const end = observer.subscribe(() => undefined);
  return observer.mutate(variables).finally(end);
}

const known = (): string[] => scheduler.getAllEvents().map(({ event_id }) => event_id);
const triggers = (eventId: string): number => scheduler.queue({ eventId }).length;

describe("withScheduler", () => {
  it("takes over what mutations do that say so in their meta", async () => {
    watch();
    server.answer = (sent) => ({ body: { data: { event: sent } } });
    await mutate(conference("a", { approval_required: true }), { meta: { scheduler: "create" } });
    expect(triggers("a")).toBe(0);
    server.answer = { body: { message: "approved" } };
    await mutate("a", { meta: { scheduler: "approve" } });
    expect(triggers("a")).toBe(6);
    await mutate({ eventId: "a", reason: "too late" }, { meta: { scheduler: "decline" } });
    expect(scheduler.getEventStatus("a")?.status).toBe("declined");
    server.answer = { body: { event: conference("a", { event_approval_status: "approved", venue: "Hall 2" }) } };
    await mutate({ id: "a", changes: { venue: "Hall 2" } }, { meta: { scheduler: "update" } });
    expect(scheduler.getEvent("a")).toMatchObject({ status: "upcoming", venue: "Hall 2" });
    server.answer = {};
    await mutate("a", { meta: { scheduler: "delete" } });
    expect(known()).toEqual([]);
    expect(logger.lines).toEqual([]);
  });

  it("takes over what the words of a mutation's key say", async () => {
    watch();
    server.answer = (sent) => ({ body: sent });
    await mutate(conference("a"), { mutationKey: ["events", "create"] });
    await mutate(conference("a", { end_datetime: "2026-06-05T13:00:00Z" }), { mutationKey: ["updateEvent", "a"] });
    expect(scheduler.queue({ eventId: "a" })[3]?.dueAt).toBe(Date.parse("2026-06-05T13:00:00Z"));
    // Answers with the last document, as some back ends do.
    await mutate(conference("a"), { mutationKey: ["admin", "event-delete"] });
    expect(known()).toEqual([]);
  });

  it("takes variables where the answer has no event", async () => {
    watch();
    scheduler.addEvent(conference("a", { venue: "Hall 1" }));
    server.answer = { body: { message: "saved" } };
    await mutate(
      { event: conference("a", { venue: "Hall 1" }), patch: { venue: "Hall 2" } },
      { meta: { scheduler: "update" } },
    );
    expect(scheduler.getEvent("a")).toMatchObject({ venue: "Hall 2", event_name: "Conference a" });
    expect(triggers("a")).toBe(6);
    await mutate({ input: conference("b") }, { mutationKey: ["createEvent"] });
    await mutate([{ event_id: "a" }, { event_id: "b" }], { mutationKey: ["events", "bulk", "delete"] });
    expect(known()).toEqual([]);
  });

  it("goes by rules for keys, and by what the application decides", async () => {
    const match = vi.fn((mutation: MutationLike): readonly SchedulerChange[] | null | undefined => {
      const { variables, data } = mutation.state as { variables: { cancel?: string }; data: { silent?: boolean } };
      if (data.silent) {
        return null;
      }
      return variables.cancel === undefined
        ? undefined
        : [{ type: "update", event: { event_id: variables.cancel, status: "cancelled" }, partial: true }];
    });
    watch({
      match,
      rules: [
        { mutationKey: ["talks", { kind: "keynote" }], change: "create" },
        { mutationKey: ["events", "create", "draft"], change: false },
      ],
    });
    server.answer = { body: conference("a") };
    await mutate({}, { mutationKey: ["talks", { kind: "keynote" }, 7] });
    expect(triggers("a")).toBe(6);
    server.answer = { body: conference("b") };
    await mutate(conference("b"), { mutationKey: ["events", "create", "draft"] });
    server.answer = { body: { silent: true, event: conference("b") } };
    await mutate(conference("b"), { mutationKey: ["events", "create"] });
    expect(known()).toEqual(["a"]);
    server.answer = { body: {} };
    await mutate({ cancel: "a" });
    expect(scheduler.getEventStatus("a")?.status).toBe("cancelled");
    await mutate("a", { meta: { scheduler: "delete" } });
    expect(match).toHaveBeenCalledTimes(4);
  });

  it("does nothing for those that fail, are excluded, or concern something else", async () => {
    watch();
    scheduler.addEvent(conference("a"));
    server.answer = { status: 500, body: {} };
    await expect(mutate("a", { meta: { scheduler: "delete" } })).rejects.toThrow("500");
    server.answer = { body: { event: conference("b") } };
    await mutate(conference("b"), { mutationKey: ["events", "create"], meta: { scheduler: false } });
    server.answer = { body: { registration: { event_id: "a", attendee: "x" } } };
    await mutate({ event_id: "a", attendee: "x" }, { mutationKey: ["events", "registrations", "create"] });
    await mutate({ event_id: "a", attendee: "x" });
    expect(known()).toEqual(["a"]);
    expect(triggers("a")).toBe(6);
    expect(logger.lines).toEqual([]);
  });

  it("ends when it is told so", async () => {
    watch();
    end();
    server.answer = { body: conference("a") };
    await mutate(conference("a"), { meta: { scheduler: "create" } });
    expect(known()).toEqual([]);
  });
});

describe("a mutation that says nothing about itself", () => {
  beforeEach(() => {
    watch();
    server.answer = (sent) => ({ body: { event: { event_id: "a", revision: 1, ...(sent as object) } } });
  });

  it("has created or changed the event that its variables describe and its answer has", async () => {
    const { event_id: _, ...nameless } = conference("a");
    await mutate(nameless);
    expect(triggers("a")).toBe(6);
    await mutate(conference("a", { end_datetime: "2026-06-05T13:00:00Z" }));
    expect(scheduler.getEvent("a")?.end_datetime).toBe("2026-06-05T13:00:00Z");
    await mutate(conference("b"));
    expect(known()).toEqual(["a", "b"]);
    expect(logger.lines).toEqual([]);
  });

  it("may have deleted the event: nothing is done where its variables change nothing, and that is said once", async () => {
    scheduler.addEvent(conference("a"));
    const remove = { onSuccess: () => void scheduler.removeEvent("a") };
    await mutate(conference("a"), remove);
    expect(known()).toEqual([]);
    scheduler.addEvent(conference("a"));
    await mutate(conference("a"), { onMutate: () => void scheduler.removeEvent("a") });
    expect(known()).toEqual([]);
    server.answer = { body: conference("c") };
    await mutate("c");
    expect(known()).toEqual([]);
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn a mutation without a key has answered with an event, .*meta: \{ scheduler:/),
    ]);
  });
});

describe("the page's mutation", () => {
  it("succeeds even where the integration fails, which is logged", async () => {
    watch({
      events: () => {
        throw new Error("a bug in the page");
      },
    });
    server.answer = { body: conference("a") };
    expect(await mutate(conference("a"), { mutationKey: ["createEvent"] })).toMatchObject({ event_id: "a" });
    expect(logger.lines.join()).toContain("a bug in the page");
    end();
    watch();
    server.answer = { body: conference("a", { start_datetime: "soon" }) };
    await mutate({}, { mutationKey: ["createEvent"] });
    expect(logger.lines.at(-1)).toMatch(/^error the mutation \["createEvent"\] has not reached .*start_datetime/);
    server.answer = { body: { message: "saved" } };
    await mutate({ title: "x" }, { mutationKey: ["createEvent"] });
    expect(logger.lines.at(-1)).toMatch(/^warn .*which event it was about is not to be found/);
    await mutate({}, { mutationKey: [1n], meta: { scheduler: "create" } });
    expect(logger.lines.at(-1)).toMatch(/^warn a mutation whose key is no JSON/);
    await mutate("a", { meta: { scheduler: "destroy" } });
    expect(logger.lines.at(-1)).toBe(
      "warn meta.scheduler destroy is none of create, update, approve, decline, delete and false",
    );
  });

  it("reaches the default scheduler where none is named", async () => {
    const shared = await startScheduler({ logger: false });
    afterTest(() => shared.dispose());
    end = withScheduler(client, { logger });
    server.answer = (sent) => ({ body: sent });
    await mutate(conference("shared", { end_datetime: null }), { meta: { scheduler: "create" } });
    await eventually(() => expect(shared.getEventStatus("shared")?.status).toBe("draft"));
    await mutate(conference("shared", { venue: "Hall 2", end_datetime: null }));
    await eventually(() => expect(shared.getEvent("shared")?.venue).toBe("Hall 2"));
    await mutate(conference("bad", { end_datetime: "soon" }), { meta: { scheduler: "create" } });
    await eventually(() => expect(logger.lines.join()).toContain("end_datetime"));
  });
});
