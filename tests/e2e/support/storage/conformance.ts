import type { OpenStorage, SchedulerStorage } from "client-event-scheduler";

/** What every storage must do, whatever it keeps things in. Each case gets a storage, and a name that nobody else uses. */
export const CASES: Readonly<Record<string, (storage: SchedulerStorage, name: string) => Promise<void>>> = {
  "is empty at first": async (storage, name) => {
    const open = await opened(storage, name);
    same(await contents(open), { state: null, events: [], journal: [], cursor: null });
    same(await open.readLease(), { epoch: 0, holder: null, beat: 0 });
    same(await open.journalPosition(), 0);
  },
  "gives back what was written, also to those who open it later": async (storage, name) => {
    const first = await opened(storage, name);
    const cursor = { key: "feed", cursor: "e1.7" };
    await first.write({
      durability: "strict",
      state: bytes("state"),
      events: { parts: [bytes("one"), bytes("two")], journalUntil: 0 },
      journal: new Map([
        ["a", "{}"],
        ["b", null],
      ]),
      cursor,
    });
    const written = {
      state: "state",
      events: ["one", "two"],
      journal: [
        ["a", "{}"],
        ["b", null],
      ],
      cursor,
    };
    same(await contents(first), written);
    first.close();
    const second = await opened(storage, name);
    same(await contents(second), written);
    same(await text(await second.readState()), "state");
  },
  "keeps what a write does not name": async (storage, name) => {
    const open = await opened(storage, name);
    await open.write({ durability: "relaxed", state: bytes("state"), journal: new Map([["a", "1"]]) });
    await open.write({ durability: "relaxed", journal: new Map([["b", "2"]]) });
    same(await contents(open), {
      state: "state",
      events: [],
      journal: [
        ["a", "1"],
        ["b", "2"],
      ],
      cursor: null,
    });
  },
  "writes nothing under an epoch that is over": async (storage, name) => {
    const open = await opened(storage, name);
    same(await open.changeLease(0, { epoch: 1, holder: "x", beat: 0 }), true);
    same(await open.write({ durability: "strict", epoch: 1, state: bytes("mine") }), true);
    same(await open.changeLease(1, { epoch: 2, holder: "y", beat: 0 }), true);
    const late = { durability: "strict", epoch: 1, state: bytes("late"), journal: new Map([["a", "1"]]) } as const;
    same(await open.write(late), false);
    same(await open.write({ durability: "strict", epoch: 1, state: bytes("later") }), false);
    same(await open.changeLease(1, { epoch: 2, holder: "x", beat: 1 }), false);
    same(await open.readLease(), { epoch: 2, holder: "y", beat: 0 });
    same(await contents(open), { state: "mine", events: [], journal: [], cursor: null });
  },
  "gives the lease to one of those who reach for it at once": async (storage, name) => {
    const tabs = await Promise.all(Array.from({ length: 10 }, () => opened(storage, name)));
    const won = await Promise.all(tabs.map((tab, i) => tab.changeLease(0, { epoch: 1, holder: `tab ${i}`, beat: 0 })));
    same(won.filter((mine) => mine).length, 1);
    same(await tabs[0]?.readLease(), { epoch: 1, holder: `tab ${won.indexOf(true)}`, beat: 0 });
  },
  "drops of the journal what the events have, and keeps what came since": async (storage, name) => {
    const open = await opened(storage, name);
    const journal = (id: string, json: string) => open.write({ durability: "relaxed", journal: new Map([[id, json]]) });
    await journal("a", "1");
    await journal("b", "1");
    const journalUntil = await open.journalPosition();
    await journal("b", "2");
    await journal("c", "1");
    await open.write({ durability: "relaxed", events: { parts: [bytes("all")], journalUntil } });
    same(await contents(open), {
      state: null,
      events: ["all"],
      journal: [
        ["b", "2"],
        ["c", "1"],
      ],
      cursor: null,
    });
    await open.write({ durability: "relaxed", events: { parts: [], journalUntil: await open.journalPosition() } });
    same(await contents(open), { state: null, events: [], journal: [], cursor: null });
  },
  "forgets everything but the lease when it is cleared": async (storage, name) => {
    const open = await opened(storage, name);
    await open.changeLease(0, { epoch: 4, holder: "x", beat: 2 });
    await open.write({ durability: "relaxed", state: bytes("state"), journal: new Map([["a", "1"]]) });
    await open.clear();
    same(await contents(open), { state: null, events: [], journal: [], cursor: null });
    same(await open.readLease(), { epoch: 4, holder: "x", beat: 2 });
  },
  "keeps names apart": async (storage, name) => {
    const mine = await opened(storage, name);
    const other = await opened(storage, `${name}, another`);
    await mine.write({ durability: "relaxed", state: bytes("mine") });
    same(await other.readState(), null);
  },
};

const opened = (storage: SchedulerStorage, name: string): Promise<OpenStorage> => storage.open(name, () => undefined);

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : new TextDecoder().decode(bytes));

async function contents(open: OpenStorage): Promise<object> {
  const { state, events, journal, cursor } = await open.read();
  return { state: text(state), events: events.map(text), journal: [...journal].sort(), cursor };
}

function same(found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
  }
}
