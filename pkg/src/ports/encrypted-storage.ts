import type { OpenStorage, SchedulerStorage } from "./storage.js";

/**
 * Keeps what another storage keeps, encrypted with AES-GCM under a key that the application gives (`CryptoKey` with the
 * usages `encrypt` and `decrypt`). Event ids, the cursor and the lease stay readable. With another key nothing can be read:
 * what was kept is set aside then.
 */
export function encryptedStorage(storage: SchedulerStorage, key: CryptoKey): SchedulerStorage {
  return {
    kind: `${storage.kind}, encrypted`,
    async open(name, onClosed) {
      const [{ opened, sealed, unseal }, inner] = await Promise.all([
        import("./sealing.js"),
        storage.open(name, onClosed),
      ]);
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
