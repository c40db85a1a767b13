import * as ces from "client-event-scheduler";

/** A page that hands the package to the test, which makes and unmakes schedulers in it. */
Object.assign(globalThis, { ces });

const HOUR_MS = 3_600_000;

/** The memory of each module that the page has made, for as long as somebody holds it. */
const memories: WeakRef<WebAssembly.Memory>[] = [];

function note({ exports }: WebAssembly.Instance): void {
  for (const exported of Object.values(exports)) {
    if (exported instanceof WebAssembly.Memory) memories.push(new WeakRef(exported));
  }
}

WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(target, [module, imports]) {
    const instance = new target(module, imports);
    note(instance);
    return instance;
  },
});
WebAssembly.instantiate = new Proxy(WebAssembly.instantiate, {
  async apply(target, self, given) {
    const made = await Reflect.apply(target, self, given);
    note(made instanceof WebAssembly.Instance ? made : made.instance);
    return made;
  },
});

/** What the memories that are still held take. */
function wasmBytes(): number {
  return memories.reduce((sum, memory) => sum + (memory.deref()?.buffer.byteLength ?? 0), 0);
}

function event(number: number, at: number): ces.EventInput {
  return {
    event_id: `event-${number}`,
    start_datetime: new Date(at + HOUR_MS).toISOString(),
    end_datetime: new Date(at + 2 * HOUR_MS).toISOString(),
  };
}

let running: ces.ClientEventScheduler | undefined;

async function addAndRemove(cycles: number): Promise<number> {
  running ??= await ces.createScheduler({ name: "churn" });
  running.start();
  for (let cycle = 0; cycle < cycles; cycle++) {
    const number = cycle % 50;
    running.addEvent(event(number, Date.now()));
    running.removeEvent(`event-${number}`);
    // What is to be stored goes with the turns of the event loop, as it does in an application.
    if (cycle % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return running.status().eventsTracked;
}

async function createAndDispose(cycles: number): Promise<void> {
  for (let cycle = 0; cycle < cycles; cycle++) {
    const scheduler = await ces.createScheduler({ name: "short life" });
    scheduler.onTrigger(() => undefined);
    scheduler.onStatusChange(() => undefined);
    scheduler.start();
    scheduler.addEvent(event(1, Date.now()));
    scheduler.dispose();
  }
}

/** Handlers that behave badly; answers what the scheduler says when the last event is through. */
async function misbehave(): Promise<object> {
  const scheduler = await ces.createScheduler({
    name: "bad handlers",
    logger: false,
    retry: { maxAttempts: 2, baseMs: 10, maxMs: 20, answerTimeoutMs: 1000 },
  });
  const calls: string[] = [];
  let done: () => void = () => undefined;
  const through = new Promise<void>((resolve) => {
    done = resolve;
  });
  const ways: Record<string, (delivery: ces.TriggerDelivery) => unknown> = {
    throws: () => {
      throw new Error("thrown");
    },
    rejects: () => Promise.reject(new Error("rejected")),
    never: () => new Promise(() => undefined),
    calls_back: () => {
      scheduler.addEvent(event(99, Date.now()));
      scheduler.removeEvent("event-99");
      scheduler.tick();
      scheduler.pause("from inside");
      scheduler.resume();
      return undefined;
    },
    last: () => done(),
  };
  scheduler.onTrigger("event_start", (delivery) => {
    calls.push(`${delivery.eventId} ${delivery.attempt}`);
    return ways[delivery.eventId]?.(delivery) as undefined;
  });
  scheduler.start();
  const now = Date.now();
  for (const [index, way] of Object.keys(ways).entries()) {
    // The last one comes when the attempts of all others are over.
    const starts = now + (way === "last" ? 6000 : 500 + index * 50);
    const dates = {
      start_datetime: new Date(starts).toISOString(),
      end_datetime: new Date(now + HOUR_MS).toISOString(),
    };
    scheduler.addEvent({ event_id: way, ...dates });
  }
  await through;
  const deadLetters = scheduler.deadLetters().map(({ eventId, attempts }) => `${eventId} ${attempts}`);
  const { running: runs } = scheduler.status();
  scheduler.dispose();
  return { calls, deadLetters: deadLetters.sort(), runs };
}

/** Two copies of the package on one page: which of them ran the handler of each event. */
async function twoCopies(copyUrl: string): Promise<Record<string, number>> {
  const copy = (await import(copyUrl)) as typeof ces;
  const ran: Record<string, number> = {};
  const starts = Date.now() + 1500;
  let done: () => void = () => undefined;
  const through = new Promise<void>((resolve) => {
    done = resolve;
  });
  for (const { createScheduler } of [ces, copy]) {
    const scheduler = await createScheduler({ name: "twice" });
    scheduler.onTrigger("event_start", ({ eventId }) => {
      ran[eventId] = (ran[eventId] ?? 0) + 1;
      if (eventId === "event-9") setTimeout(done, 500);
    });
    scheduler.start();
    for (let number = 0; number < 10; number++) scheduler.addEvent(event(number, starts + number * 50 - HOUR_MS));
  }
  await through;
  return ran;
}

Object.assign(globalThis, { life: { wasmBytes, addAndRemove, createAndDispose, misbehave, twoCopies } });
dispatchEvent(new Event("chaos"));
Object.assign(globalThis, { chaos: {} });
