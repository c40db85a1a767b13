import { StoreError } from "../errors/errors.js";
import type { StorageBatch, StoredScheduler } from "./storage.js";

/*
 * What `encryptedStorage` does to what is kept: a chunk of its own, for the pages that encrypt.
 */

const IV_BYTES = 12;

/** What is to be written, encrypted. */
export async function sealed(key: CryptoKey, batch: StorageBatch): Promise<StorageBatch> {
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

/** What was read, decrypted. */
export async function opened(key: CryptoKey, stored: StoredScheduler): Promise<StoredScheduler> {
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

/** Bytes, decrypted. A `StoreError` of reason `corrupt` where the key does not fit. */
export async function unseal(key: CryptoKey, bytes: Uint8Array): Promise<Uint8Array> {
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
