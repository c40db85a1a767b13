/*
 * The real timers, whatever a test puts in their place later: nothing here may wait for a time that stands still.
 */
const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;
const realSetImmediate = (globalThis as { readonly setImmediate?: (call: () => void) => unknown }).setImmediate;

/** Lets everything have its turn that waits for nothing but that: promises, messages, immediate timers. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (realSetImmediate === undefined) {
      realSetTimeout(resolve, 0);
    } else {
      realSetImmediate(resolve);
    }
  });
}

/** Whether `done` has fulfilled within `ms` real milliseconds. */
export async function within(ms: number, done: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof realSetTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = realSetTimeout(() => resolve(false), ms);
  });
  const inTime = await Promise.race([done.then(() => true), late]);
  realClearTimeout(timer);
  return inTime;
}
