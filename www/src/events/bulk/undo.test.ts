import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EventRow } from "../../scheduler/eventIndex";
import type { BulkAction } from "./bulkAction";
import { runBulk } from "./runBulk";
import { decisionBefore, definitionOf, undoBulk } from "./undo";

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly ifMatch: string | null;
  readonly body: Record<string, unknown>;
}

const sent: Sent[] = [];
const told = vi.fn();
let answer: (request: Sent) => { readonly status: number; readonly body: unknown };

beforeEach(() => {
  sent.length = 0;
  told.mockClear();
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const request = {
      method: init.method ?? "GET",
      path,
      ifMatch: new Headers(init.headers).get("if-match"),
      body: JSON.parse(String(init.body)) as Record<string, unknown>,
    };
    sent.push(request);
    const { status, body } = answer(request);
    return new Response(JSON.stringify(body), { status });
  });
});
afterEach(() => vi.unstubAllGlobals());

const row = (event_id: string, fields: Record<string, unknown> = {}): EventRow => ({
  event: {
    status: "upcoming",
    sub_status: "registration_open",
    event_name: event_id,
    revision: 4,
    updated_at: "2030-01-01T00:00:00Z",
    ...fields,
    event_id,
  } as EventRow["event"],
  nextTrigger: undefined,
});

/** Runs an action that the server carries out for every event, as revision 5. */
async function done(action: BulkAction, rows: readonly EventRow[]) {
  answer = ({ body }) => ({
    status: 200,
    body: {
      outcomes: (body.event_ids as string[]).map((event_id) => ({
        event_id,
        success: true,
        changed: true,
        revision: 5,
      })),
    },
  });
  const run = await runBulk(action, rows, { onProgress: () => undefined, signal: new AbortController().signal });
  sent.length = 0;
  return run;
}

const HOUR = 3_600_000;

describe("an undo", () => {
  it("moves back by as much, and only what has the revision that the move made", async () => {
    const run = await done({ type: "shift", byMs: -26 * HOUR }, [row("a"), row("b")]);
    answer = () => ({
      status: 200,
      body: {
        outcomes: [
          { event_id: "a", success: true, changed: true, revision: 6 },
          { event_id: "b", success: false, changed: false, code: "STALE_REVISION" },
        ],
      },
    });
    const { restored, failed } = await undoBulk(run, { updateEvent: told });
    expect(sent[0]?.body).toEqual({ action: "shift", by: "P1DT2H", event_ids: ["a", "b"], revisions: { a: 5, b: 5 } });
    expect({ restored, failed: failed.map(({ eventId }) => eventId) }).toEqual({ restored: 1, failed: ["b"] });
  });

  it("creates deleted events again, each where its id is free", async () => {
    const run = await done({ type: "delete" }, [row("a", { topic: "kept" }), row("b")]);
    answer = () => ({
      status: 200,
      body: {
        import_id: "i",
        state: "finished",
        mode: "create",
        dry_run: false,
        rows: 2,
        created: 1,
        updated: 0,
        unchanged: 0,
        refused: 1,
        problems: [
          { row: 2, event_id: "b", problems: [{ field: "event_id", code: "EVENT_EXISTS", message: "exists" }] },
        ],
        started_at: "",
        updated_at: "",
      },
    });
    const { restored, failed } = await undoBulk(run, { updateEvent: told });
    expect(sent[0]?.path).toMatch(/\/import\?mode=create$/);
    expect(sent[0]?.body).toEqual([
      { event_id: "a", event_name: "a", topic: "kept" },
      { event_id: "b", event_name: "b" },
    ]);
    expect(restored).toBe(1);
    expect(failed).toEqual([{ eventId: "b", name: "b", problem: "Its id is in use again." }]);
  });

  it("takes a decision back on the condition of the revision that it made", async () => {
    const run = await done({ type: "approve" }, [row("a", { status: "pending_approval", approval_required: true })]);
    answer = () => ({ status: 409, body: { code: "STALE_REVISION", detail: "the event is at revision 6" } });
    const { restored, failed } = await undoBulk(run, { updateEvent: told });
    expect(sent[0]).toMatchObject({
      method: "PATCH",
      ifMatch: '"5"',
      body: { event_approval_status: null, status: null },
    });
    expect({ restored, failed: failed.length }).toEqual({ restored: 0, failed: 1 });
  });

  it("brings back the reason that an event was declined for before", async () => {
    const before = { status: "declined", event_approval_status: "declined", decline_reason: "No room." };
    const run = await done({ type: "decline", reason: "Too late." }, [row("a", before)]);
    answer = () => ({ status: 200, body: { event: { event_id: "a", revision: 6 } } });
    expect(await undoBulk(run, { updateEvent: told })).toEqual({ restored: 1, failed: [] });
    expect(sent[0]?.body).toEqual({
      event_approval_status: "declined",
      status: null,
      decline_reason: "No room.",
    });
  });

  it("tells the page's scheduler what the server has stored, before the feed brings it", async () => {
    const run = await done({ type: "cancel" }, [row("a"), row("b")]);
    answer = ({ path }) => ({ status: 200, body: { event: { event_id: path.split("/").at(-1), revision: 6 } } });
    expect(await undoBulk(run, { updateEvent: told })).toEqual({ restored: 2, failed: [] });
    expect(told.mock.calls.map(([eventId, { revision }]) => [eventId, revision])).toEqual([
      ["a", 6],
      ["b", 6],
    ]);
  });

  it("leaves what was refused alone", async () => {
    answer = () => ({
      status: 200,
      body: { outcomes: [{ event_id: "a", success: false, changed: false, code: "STALE_REVISION" }] },
    });
    const options = { onProgress: () => undefined, signal: new AbortController().signal };
    const run = await runBulk({ type: "shift", byMs: HOUR }, [row("a")], options);
    expect(run.outcomes[0]).toMatchObject({
      result: "refused",
      problem: "Somebody else has changed it in the meantime.",
    });
    sent.length = 0;
    expect(await undoBulk(run, { updateEvent: told })).toEqual({ restored: 0, failed: [] });
    expect(sent).toEqual([]);
  });
});

it("a run that is stopped, or cannot go on, says what it has not reached", async () => {
  const rows = Array.from({ length: 60 }, (_, place) => row(`e${place}`));
  let requests = 0;
  answer = ({ body }) => {
    requests += 1;
    if (requests > 1) return { status: 503, body: { code: "STORE_BUSY", detail: "the store is busy" } };
    const outcomes = (body.event_ids as string[]).map((event_id) => ({ event_id, success: true, changed: true }));
    return { status: 200, body: { outcomes } };
  };
  const options = { onProgress: () => undefined, signal: new AbortController().signal };
  const { outcomes, broken } = await runBulk({ type: "cancel" }, rows, options);
  expect(outcomes.filter(({ result }) => result === "changed").length).toBe(50);
  expect(outcomes.filter(({ result }) => result === "untouched").length).toBe(10);
  expect(broken?.message).toBe("the store is busy");
});

describe("the definition of an event", () => {
  it("has neither what the server fills in nor what time computes", () => {
    expect(definitionOf(row("a", { venue: "Hall" }).event)).toEqual({ event_id: "a", event_name: "a", venue: "Hall" });
  });

  it("keeps a status that holds the event back by itself", () => {
    expect(definitionOf(row("a", { status: "cancelled" }).event)).toMatchObject({ status: "cancelled" });
    expect(decisionBefore(row("a", { status: "declined" }).event)).toEqual({
      event_approval_status: null,
      status: "declined",
      decline_reason: null,
    });
    const byApproval = row("a", { status: "declined", event_approval_status: "declined" });
    expect(decisionBefore(byApproval.event)).toEqual({
      event_approval_status: "declined",
      status: null,
      decline_reason: null,
    });
  });
});
