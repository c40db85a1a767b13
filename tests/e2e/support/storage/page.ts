import { encryptedStorage, indexedDbStorage, StoreError } from "client-event-scheduler";
import { CASES } from "./conformance.js";

/** What the tests ask of the page. */
export interface StoragePage {
  /** Runs a case on the browser's database; rejects with what was wrong. */
  conform(name: string, encrypted: boolean): Promise<void>;
  /** Opens the database, keeps it, and tells what it says from then on. */
  hold(name: string): Promise<void>;
  write(state: number): Promise<string>;
  /** Ends an epoch; answers whether it was current. */
  takeLease(epoch: number): Promise<boolean>;
  /** Hangs in the middle of a write, and says so to the other tabs before. */
  hangInWrite(ms: number): Promise<void>;
  /** When another tab is about to hang. */
  anotherHangs(): Promise<void>;
  readLength(): Promise<number | string>;
  closedBecause(): string | null;
  open(name: string): Promise<string>;
}

let held: Awaited<ReturnType<ReturnType<typeof indexedDbStorage>["open"]>> | null = null;
let closed: string | null = null;
const hanging = new BroadcastChannel("hanging");

async function reasonOr<T>(act: () => Promise<T>): Promise<T | string> {
  try {
    return await act();
  } catch (thrown) {
    return thrown instanceof StoreError ? thrown.reason : `not a StoreError: ${String(thrown)}`;
  }
}

const page: StoragePage = {
  async conform(name, encrypted) {
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const storage = encrypted ? encryptedStorage(indexedDbStorage(), key) : indexedDbStorage();
    await CASES[name]?.(storage, `${name}, ${encrypted}`);
  },
  async hold(name) {
    held = await indexedDbStorage().open(name, (why) => {
      closed = why;
    });
  },
  async write(state) {
    const bytes = new Uint8Array(state);
    // Random, since the browser compresses; so much at a time as it gives.
    for (let at = 0; at < state; at += 65_536) {
      crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    }
    return reasonOr(async () => String(await held?.write({ durability: "strict", state: bytes })));
  },
  takeLease: async (epoch) => (await held?.changeLease(epoch, { epoch: epoch + 1, holder: "me", beat: 0 })) ?? false,
  hangInWrite(ms) {
    void held?.write({ durability: "strict", epoch: 0, state: new Uint8Array(1000) });
    // As soon as the transaction has begun, and before what it is answered is heard.
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve) => {
      port1.onmessage = () => {
        hanging.postMessage(null);
        const until = performance.now() + ms;
        while (performance.now() < until) {
          // Nothing that the database answers is heard.
        }
        resolve();
      };
      port2.postMessage(null);
    });
  },
  anotherHangs: () =>
    new Promise((resolve) => {
      hanging.onmessage = () => resolve();
    }),
  readLength: () => reasonOr(async () => (await held?.readState())?.length ?? 0),
  closedBecause: () => closed,
  open: async (name) =>
    reasonOr(async () => {
      (await indexedDbStorage().open(name, () => undefined)).close();
      return "open";
    }),
};

Object.assign(globalThis, { storagePage: page });
