import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { ask, openFollowing } from "./support/following-page.js";
import { Stage } from "./support/stage.js";

const stage = Stage.set();

const BROWSERS = 20;
const EDITS = 1_000;
const EVENTS = 60;
const SEED = Number(process.env.CES_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Whole numbers from a seed (a linear congruential generator; its high bits). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const day = (n: number): string => new Date(Date.UTC(2090, 0, 1 + n, 12)).toISOString();

/** One change through the API, as an admin somewhere makes it. Answers its number in the feed. */
async function edit(below: (n: number) => number, alive: Set<string>): Promise<number> {
  const id = `e${below(EVENTS)}`;
  const event = {
    event_id: id,
    registration_start_date: day(below(50)),
    start_datetime: day(60 + below(50)),
    end_datetime: day(120 + below(50)),
  };
  const call = async (method: string, route: string, body?: unknown): Promise<number> =>
    Number((await stage.server.call(method, route, body)).seq);
  if (!alive.has(id)) {
    alive.add(id);
    return call("POST", "create", event);
  }
  switch (below(6)) {
    case 0:
      alive.delete(id);
      return call("DELETE", `delete/${id}`);
    case 1:
      return call("POST", `decline/${id}`);
    case 2:
      return call("POST", `approve/${id}`);
    default:
      return call("PUT", `update/${id}`, { ...event, venue: `Hall ${below(1_000_000)}` });
  }
}

async function serverQueue(seq: number): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = `limit=100&after_seq=${seq}${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
    const response = await fetch(`${stage.server.url}/api/v1/admin/scheduler/triggers?${query}`);
    const page = (await response.json()) as { triggers: { trigger_id: string }[]; next_cursor: string | null };
    ids.push(...page.triggers.map(({ trigger_id }) => trigger_id));
    cursor = page.next_cursor;
  }
  return ids;
}

/** How long after its request was sent each edit was applied in a page. */
function propagation(applied: readonly [number, number][], sent: ReadonlyMap<number, number>): number[] {
  return [...sent].flatMap(([seq, at]) => {
    const first = applied.find(([reached]) => reached >= seq);
    return first === undefined ? [] : [first[1] - at];
  });
}

describe("many browsers that follow one server", () => {
  it(`have its queue after ${EDITS} edits, CES_SEED=${SEED}`, { timeout: 600_000 }, async () => {
    const pages: Page[] = [];
    for (let n = 0; n < BROWSERS; n += 1) {
      pages.push(await openFollowing(await stage.profile(), stage.server.url));
    }
    const below = randomNumbers(SEED);
    const alive = new Set<string>();
    const sent = new Map<number, number>();
    let last = 0;
    for (let n = 0; n < EDITS; n += 1) {
      const at = Date.now();
      last = await edit(below, alive);
      sent.set(last, at);
    }
    const expected = await serverQueue(last);
    expect(expected.length).toBeGreaterThan(EVENTS);
    for (const page of pages) {
      await expect.poll(() => ask(page, ({ queue }) => queue()), { timeout: 30_000 }).toEqual(expected);
    }
    const applied = await Promise.all(pages.map((page) => ask(page, (following) => following.applied)));
    const took = applied.flatMap((one) => propagation(one, sent)).sort((a, b) => a - b);
    expect(took.length).toBe(BROWSERS * sent.size);
    const share = (of: number): string => (took[Math.floor(of * (took.length - 1))] ?? 0).toFixed(0);
    console.info(
      `${sent.size} edits in ${BROWSERS} browsers, from the request to the page: median ${share(0.5)} ms, p95 ${share(0.95)} ms, max ${share(1)} ms`,
    );
  });
});

describe("a device whose clock is wrong", () => {
  it.each([
    ["fast", 5 * 60_000],
    ["slow", -5 * 60_000],
  ])("by five minutes, %s: what is due fires at the server's instant", async (_how, byMs) => {
    const profile = await stage.profile();
    await profile.addInitScript((ahead) => {
      const right = Date.now;
      Date.now = () => right() + ahead;
    }, byMs);
    const page = await openFollowing(profile, stage.server.url);
    const due = Math.ceil(Date.now() / 1000) * 1000 + 3_000;
    const iso = (at: number): string => new Date(at).toISOString();
    await stage.server.call("POST", "create", {
      event_id: "a",
      start_datetime: iso(due),
      end_datetime: iso(due + 86_400_000),
    });
    await expect.poll(() => ask(page, ({ fired }) => fired.length), { timeout: 20_000 }).toBe(1);
    const [[triggerId, at] = ["", 0]] = await ask(page, ({ fired }) => fired);
    const { source, offsetMs, boundMs } = await ask(page, ({ clock }) => clock());
    expect(triggerId).toBe(`a/event_start@${iso(due)}`);
    expect(source).toBe("server");
    expect(Math.abs((offsetMs ?? 0) + byMs)).toBeLessThanOrEqual((boundMs ?? 0) + 50);
    expect(at).toBeGreaterThanOrEqual(due - (boundMs ?? 0) - 50);
    expect(at).toBeLessThan(due + 5_000);
    expect(await ask(page, ({ issues }) => issues())).toContain("DEVICE_CLOCK_WRONG");
  });
});
