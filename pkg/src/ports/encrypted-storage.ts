import { StoreError } from "../errors/errors.js";
import type { OpenStorage, SchedulerStorage, StorageBatch, StoredScheduler } from "./storage.js";

const IV_BYTES = 12;

/**
 * Keeps what another storage keeps, encrypted with AES-GCM under a key that the application gives (`CryptoKey` with the
 * usages `encrypt` and `decrypt`). Event ids, the cursor and the lease stay readable. With another key nothing can be read:
 * what was kept is set aside then.
 */
export function encryptedStorage(storage: SchedulerStorage, key: CryptoKey): SchedulerStorage {
  return {
    kind: `${storage.kind}, encrypted`,
    async open(name, onClosed) {
      const inner = await storage.open(name, onClosed);
      return {
        readLease: () => inner.readLease(),
        changeLease: (epoch, to) => inner.changeLease(epoch, to),
        journalPosition: () => inner.journalPosition(),
        clear: () => inner.clear(),
        suspend: () => inner.suspend?.(),
        resume: () => inner.resume?.(),
        close: () => inner.close(),
        read: async () => opened(key, await inner.read()),
        readState: async () => {
          const state = await inner.readState();
          return state === null ? null : unseal(key, state);
        },
        write: async (batch) => inner.write(await sealed(key, batch)),
      } satisfies OpenStorage;
    },
  };
}

async function sealed(key: CryptoKey, batch: StorageBatch): Promise<StorageBatch> {
  const { state, events, journal } = batch;
  const [sealedState, parts, texts] = await Promise.all([
    state === undefined ? undefined : seal(key, state),
    Promise.all((events?.parts ?? []).map((part) => seal(key, part))),
    Promise.all([...(journal ?? [])].map(async ([id, json]) => [id, json && (await sealText(key, json))] as const)),
  ]);
  return {
    ...batch,
    state: sealedState,
    events: events && { ...events, parts },
    journal: journal && new Map(texts),
  };
}

async function opened(key: CryptoKey, stored: StoredScheduler): Promise<StoredScheduler> {
  const [state, events, texts] = await Promise.all([
    stored.state === null ? null : unseal(key, stored.state),
    Promise.all(stored.events.map((part) => unseal(key, part))),
    Promise.all([...stored.journal].map(async ([id, text]) => [id, text && (await unsealText(key, text))] as const)),
  ]);
  return { ...stored, state, events, journal: new Map(texts) };
}

async function seal(key: CryptoKey, bytes: Uint8Array): Promise<Uint8Array> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const text = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes as Uint8Array<ArrayBuffer>);
  const sealedBytes = new Uint8Array(IV_BYTES + text.byteLength);
  sealedBytes.set(iv);
  sealedBytes.set(new Uint8Array(text), IV_BYTES);
  return sealedBytes;
}

async function unseal(key: CryptoKey, bytes: Uint8Array): Promise<Uint8Array> {
  const iv = bytes.slice(0, IV_BYTES);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, bytes.slice(IV_BYTES)));
  } catch (thrown) {
    throw new StoreError("corrupt", "what was kept was encrypted with another key, or is damaged", thrown);
  }
}

/** One character a byte. */
async function sealText(key: CryptoKey, text: string): Promise<string> {
  const bytes = await seal(key, new TextEncoder().encode(text));
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

async function unsealText(key: CryptoKey, text: string): Promise<string> {
  return new TextDecoder().decode(
    await unseal(
      key,
      Uint8Array.from(text, (character) => character.charCodeAt(0)),
    ),
  );
}
