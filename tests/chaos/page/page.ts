import { type ClientEventScheduler, createScheduler, type TriggerDelivery } from "client-event-scheduler";
import type { ChaosPage, Effect, RoleReport, TabSettings } from "../support/wire.js";

/** The page of every tab: a scheduler whose handlers write into the ledger of the test. */

const SYNC_KINDS = ["registration_open", "event_start", "certificate_start"] as const;
const ASYNC_KINDS = ["registration_close", "event_end", "certificate_end"] as const;

const settings = Object.fromEntries(new URLSearchParams(location.search)) as unknown as TabSettings;
const { tab } = settings;
/** A tab that is reloaded has another page. */
const page = `${tab}.${Math.random().toString(36).slice(2, 8)}`;
let calls = 0;
let restoredFromCache = false;
let hang: { readonly ms: number; readonly when: "in_handler" | "after_effect" } | null = null;

addEventListener("pageshow", ({ persisted }) => {
  restoredFromCache ||= persisted;
});

function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    // Nothing else can run meanwhile: that is the point.
  }
}

/** In a turn of its own. A timer would not do: browsers have those of hidden tabs wait. */
function soon(act: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = act;
  port2.postMessage(null);
}

/** Answers whether the page hung. */
function hangIf(when: "in_handler" | "after_effect"): boolean {
  if (hang?.when !== when) return false;
  const { ms } = hang;
  hang = null;
  busy(ms);
  return true;
}

function effectOf(delivery: TriggerDelivery): string {
  const ranAt = Date.now();
  const hung = hangIf("in_handler");
  calls += 1;
  const { triggerId, eventId, attempt, sequence, cause, scheduledAt } = delivery;
  return JSON.stringify({
    call: `${page}:${calls}`,
    tab,
    page,
    number: calls,
    ...{ triggerId, eventId, attempt, sequence, cause, scheduledAt },
    ranAt,
    hidden: document.hidden,
    hung,
  } satisfies Effect);
}

/** The effect has happened, or has not, when this returns. */
function actAtOnce(delivery: TriggerDelivery): void {
  const request = new XMLHttpRequest();
  request.open("POST", "/effect", false);
  request.send(effectOf(delivery));
  if (request.status !== 204) throw new Error(`the ledger has answered ${request.status}`);
  hangIf("after_effect");
}

async function act(delivery: TriggerDelivery): Promise<void> {
  const { status } = await fetch("/effect", { method: "POST", body: effectOf(delivery), keepalive: true });
  if (status !== 204) throw new Error(`the ledger has answered ${status}`);
  hangIf("after_effect");
}

function tellRoles(scheduler: ClientEventScheduler): void {
  let last = "";
  const tell = (): void => {
    if (scheduler.disposed) return;
    const { role, epoch } = scheduler.health().lease;
    if (role === last) return;
    last = role;
    const body = JSON.stringify({
      tab,
      role,
      epoch,
      told: performance.timeOrigin + performance.now(),
    } satisfies RoleReport);
    // Whoever cuts the network does not want to hear of roles either.
    fetch("/role", { method: "POST", body, keepalive: true }).catch(() => undefined);
  };
  scheduler.subscribe(tell);
  tell();
}

/** What compresses well takes no room. */
function noise(bytes: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(bytes);
  const MOST_AT_ONCE = 65_536;
  for (let from = 0; from < bytes; from += MOST_AT_ONCE)
    crypto.getRandomValues(all.subarray(from, from + MOST_AT_ONCE));
  return all;
}

async function fillStorage(): Promise<void> {
  const request = indexedDB.open("noise", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("noise", { autoIncrement: true });
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  for (let bytes = 1_000_000; bytes >= 1000; ) {
    const transaction = database.transaction("noise", "readwrite");
    transaction.objectStore("noise").put(noise(bytes));
    const stored = await new Promise<boolean>((resolve) => {
      transaction.oncomplete = () => resolve(true);
      transaction.onabort = () => resolve(false);
    });
    if (!stored) bytes /= 2;
  }
}

async function open(): Promise<ChaosPage> {
  const scheduler = await createScheduler({
    name: "chaos",
    recoveryDelayMs: 0,
    retry: { maxAttempts: Number(settings.maxAttempts) },
  });
  scheduler.onTrigger(SYNC_KINDS, actAtOnce);
  scheduler.onTrigger(ASYNC_KINDS, act);
  const told: Record<string, string> = {};
  scheduler.onStatusChange(({ eventId, to }) => {
    told[eventId] = to.sub_status;
  });
  tellRoles(scheduler);
  if (settings.events === "initialize") await scheduler.initialize(await fetch("/events.json"));
  for (const event of scheduler.getAllEvents()) {
    told[event.event_id] ??= event.sub_status;
  }
  scheduler.start();
  return {
    view: () => {
      const { lease, issues, storage, ticks } = scheduler.health();
      return {
        role: lease.role,
        told: { ...told },
        states: Object.fromEntries(scheduler.getAllEvents().map((event) => [event.event_id, event.sub_status])),
        now: scheduler.now(),
        hidden: document.hidden,
        issues: issues.map(({ code }) => code),
        storage: storage.state,
        source: ticks?.source ?? null,
        restoredFromCache,
      };
    },
    explain: async (triggerId) => {
      const { sentence, decisions } = await scheduler.explain(triggerId);
      return `${sentence} ${JSON.stringify(decisions)}`;
    },
    hang: (ms, when) => {
      if (when === "now") soon(() => busy(ms));
      else hang = { ms, when };
    },
    retryDeadLetters: () => scheduler.deadLetters().filter(({ triggerId }) => scheduler.retry(triggerId)).length,
    fillStorage,
    storedBytes: async () => (await navigator.storage?.estimate())?.usage ?? 0,
  };
}

open().then((chaos) => {
  Object.assign(globalThis, { chaos });
  dispatchEvent(new Event("chaos"));
});
