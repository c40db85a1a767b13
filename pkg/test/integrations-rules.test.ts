import { describe, expect, it } from "vitest";
import type { SchedulerChange } from "../src/integrations/change.js";
import { eventsIn, idsIn, idsInAnswer } from "../src/integrations/envelope.js";
import { changesIn } from "../src/integrations/exchange.js";
import { typeOfKey } from "../src/integrations/mutation-key.js";
import { matchRoute, type SchedulerRoute } from "../src/integrations/routes.js";
import { Random, SEED } from "./support/random.js";
import { conference } from "./support/schedulers.js";

const shown = (method: string, url: string, routes: readonly SchedulerRoute[] = []): string | null => {
  const match = matchRoute(method, url, routes);
  return match === null ? null : `${match.type} ${match.eventId ?? "-"}`;
};

describe("the usual routes", () => {
  it.each([
    ["POST", "/events", "create -"],
    ["POST", "/api/v1/admin/events", "create -"],
    ["POST", "https://example.org/api/events/?notify=1#top", "create -"],
    ["POST", "/api/event", "create -"],
    ["POST", "/api/Events", "create -"],
    ["post", "/api/events/create", "create -"],
    ["POST", "/api/events/bulk", "create -"],
    ["PUT", "/api/events", "update -"],
    ["PATCH", "/api/events/bulk", "update -"],
    ["PUT", "/api/events/a", "update a"],
    ["PATCH", "/api/events/a", "update a"],
    ["POST", "/api/events/a", "update a"],
    ["PUT", "/api/v1/admin/events/update/a", "update a"],
    ["POST", "/api/events/a/edit", "update a"],
    ["DELETE", "/api/events/a", "delete a"],
    ["DELETE", "/api/v1/admin/events/delete/a", "delete a"],
    ["DELETE", "/api/events?event_id=a", "delete a"],
    ["POST", "/api/events/a/delete", "delete a"],
    ["POST", "/api/events/bulk/delete", "delete -"],
    ["POST", "/api/events/a/approve", "approve a"],
    ["PUT", "/api/events/a/approve", "approve a"],
    ["POST", "/api/v1/admin/events/approve/a", "approve a"],
    ["POST", "/api/events/approve", "approve -"],
    ["POST", "/api/events/a/decline", "decline a"],
    ["POST", "/api/events/a/reject", "decline a"],
    ["POST", "/api/v1/admin/events/decline/a", "decline a"],
    ["PUT", "/api/events/caf%C3%A9%2F2", "update café/2"],
    ["PUT", "/api/events/100%", "update 100%"],
    ["PUT", "/events/event", "update event"],
    ["PUT", "/api/event/service/events/a", "update a"],
    ["DELETE", "/api/events/approve", "delete approve"],
    ["PUT", "/api/events/constructor", "update constructor"],
  ])("%s %s means %s", (method, url, expected) => {
    expect(shown(method, url)).toBe(expected);
  });

  it.each([
    ["GET", "/api/events"],
    ["HEAD", "/api/events/a"],
    ["OPTIONS", "/api/events"],
    ["POST", "/api/conferences"],
    ["POST", "/api/events-archive"],
    ["POST", "/api/events/a/registrations"],
    ["DELETE", "/api/events/a/registrations/7"],
    ["POST", "/api/events/a/approve/twice"],
    ["GET", "/api/events/a/approve"],
    ["POST", "/"],
    ["POST", "not a url at all"],
  ])("%s %s means nothing", (method, url) => {
    expect(shown(method, url)).toBeNull();
  });

  it("come after one's own", () => {
    const routes: readonly SchedulerRoute[] = [
      { method: "post", path: "/talks/:eventId/publish", change: "approve" },
      { path: "/talks/:eventId", change: "update" },
      { method: ["POST", "PUT"], path: /^\/v\d+\/happenings(?:\/(?<eventId>\w+))?$/, change: "create" },
      { path: "/events/:eventId/cancel", change: "decline" },
      { path: "/events/:eventId", change: false },
    ];
    expect(shown("POST", "/api/talks/7/publish", routes)).toBe("approve 7");
    expect(shown("PATCH", "/api/talks/7", routes)).toBe("update 7");
    expect(shown("GET", "/api/talks/7", routes)).toBeNull();
    expect(shown("POST", "/v2/happenings", routes)).toBe("create -");
    expect(shown("PUT", "/v2/happenings/x", routes)).toBe("create x");
    expect(shown("DELETE", "/v2/happenings/x", routes)).toBeNull();
    expect(shown("POST", "/api/events/a/cancel", routes)).toBe("decline a");
    expect(shown("DELETE", "/api/events/a", routes)).toBeNull();
    expect(shown("POST", "/api/events/a/approve", routes)).toBe("approve a");
  });
});

describe("the words of a mutation's key", () => {
  it.each([
    [["events", "create"], "create"],
    [["createEvent"], "create"],
    [["admin", "events", "update", "a"], "update"],
    [["event-approve", "a"], "approve"],
    [["rejectEvent", 7], "decline"],
    [["events", "bulk", "delete"], "delete"],
    [["events", "registrations", "create"], undefined],
    [["createEventRegistration"], undefined],
    [["events", "a", "approve"], undefined],
    [["create"], undefined],
    [["events"], undefined],
    [["constructor"], undefined],
    [[], undefined],
  ])("%j say %s", (key, expected) => {
    expect(typeOfKey(key)).toBe(expected);
  });
});

describe("an envelope", () => {
  const NAMES = ["event", "data", "result", "payload", "response", "body"];

  it(`gives what is in it, however deep, and beside whatever else (CES_SEED=${SEED})`, () => {
    const random = new Random(SEED);
    const wrap = (inside: unknown, depth: number): unknown =>
      depth === 0
        ? inside
        : {
            message: "done",
            total: 3,
            user: { id: "u" },
            [random.pick(NAMES)]: wrap(inside, depth - 1),
            links: ["x"],
            none: null,
          };
    for (let round = 0; round < 500; round += 1) {
      const events = Array.from({ length: random.below(4) }, (_, i) => conference(`e${i}`));
      const one = events.length === 1 && random.below(2) === 0;
      const wrapped = wrap(one ? events[0] : events, random.below(4));
      expect(eventsIn(wrapped), JSON.stringify(wrapped)).toEqual(events);
    }
  });

  it.each([
    ["no event", { message: "done" }],
    ["an id alone", { event_id: "a", message: "done" }],
    ["something that belongs to an event", { registration: { event_id: "a", attendee: "b" } }],
    ["an event under a name of its own", { createEvent: conference("a") }],
    ["an id that is none", { ...conference("a"), event_id: 7 }],
    ["a text", "created"],
    ["nothing", null],
  ])("with %s has no event", (_what, data) => {
    expect(eventsIn(data)).toEqual([]);
  });

  it("that contains itself comes to an end", () => {
    const endless: Record<string, unknown> = {};
    endless.data = endless;
    endless.event = [endless];
    expect(eventsIn(endless)).toEqual([]);
    expect(idsIn(endless)).toEqual([]);
  });

  it.each([
    ["a", ["a"]],
    [{ event_id: "a" }, ["a"]],
    [{ eventId: "a" }, ["a"]],
    [{ id: "a", why: "b" }, ["a"]],
    [
      ["a", "b"],
      ["a", "b"],
    ],
    [{ ids: ["a", "b", 7] }, ["a", "b"]],
    [{ data: { event_ids: ["a"] } }, ["a"]],
    [
      [{ event_id: "a" }, { id: "b" }],
      ["a", "b"],
    ],
    [7, []],
    [undefined, []],
  ])("%j names %j", (request, expected) => {
    expect(idsIn(request)).toEqual(expected);
  });

  it("of an answer names no id where it only says something", () => {
    expect(idsInAnswer("deleted")).toEqual([]);
    expect(idsInAnswer(["deleted"])).toEqual([]);
    expect(idsInAnswer({ data: { event_id: "a" } })).toEqual(["a"]);
  });
});

describe("what has changed", () => {
  const a = conference("a");
  const b = conference("b");
  const { event_id: _, ...nameless } = a;

  it.each<[string, Parameters<typeof changesIn>[0], readonly SchedulerChange[]]>([
    [
      "is what was answered",
      { type: "update", eventId: "a", request: { venue: "x" }, response: { event: a } },
      [{ type: "update", event: a }],
    ],
    [
      "is that of several which the request was about",
      { type: "update", eventId: "b", request: undefined, response: { events: [a, b] } },
      [{ type: "update", event: b }],
    ],
    [
      "is every event of a bulk request",
      { type: "create", eventId: null, request: [a, b], response: { data: [a, b] } },
      [
        { type: "create", event: a },
        { type: "create", event: b },
      ],
    ],
    [
      "is what was sent where nothing was answered",
      { type: "create", eventId: null, request: { event: a }, response: undefined },
      [{ type: "create", event: a }],
    ],
    [
      "is what was sent under the id that was answered",
      { type: "create", eventId: null, request: nameless, response: { event_id: "a", message: "created" } },
      [{ type: "create", event: { ...nameless, event_id: "a" } }],
    ],
    [
      "is a part where a part was sent",
      { type: "update", eventId: "a", request: { venue: "x" }, response: { message: "done" } },
      [{ type: "update", event: { venue: "x", event_id: "a" }, partial: true }],
    ],
    [
      "is the approved event",
      { type: "approve", eventId: "a", request: undefined, response: a },
      [{ type: "approve", eventId: "a", event: a }],
    ],
    [
      "is a decision about every id of a bulk request",
      { type: "decline", eventId: null, request: { event_ids: ["a", "b"] }, response: { message: "done" } },
      [
        { type: "decline", eventId: "a" },
        { type: "decline", eventId: "b" },
      ],
    ],
    [
      "is a removal, even if the event was answered",
      { type: "delete", eventId: "a", request: undefined, response: { event: a } },
      [{ type: "delete", eventId: "a" }],
    ],
    ["cannot be told without an id", { type: "create", eventId: null, request: nameless, response: {} }, []],
    ["cannot be told of nothing", { type: "delete", eventId: null, request: undefined, response: "done" }, []],
    ["is nothing that a text could say", { type: "update", eventId: "a", request: "venue=x", response: "done" }, []],
  ])("%s", (_what, exchange, expected) => {
    expect(changesIn(exchange)).toEqual(expected);
  });

  it("is found as the application says", () => {
    const exchange = { type: "update", eventId: "a", request: undefined, response: { talk: a } } as const;
    expect(changesIn(exchange, (data) => (data as { talk: typeof a }).talk)).toEqual([{ type: "update", event: a }]);
    expect(changesIn({ ...exchange, request: { venue: "x" } }, () => null)).toMatchObject([{ partial: true }]);
  });
});
