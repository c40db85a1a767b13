/**
 * Lets the event loop run: input, rendering and timers get their turn. The functions are looked up once, so that a
 * test's fake timers cannot stop a load.
 */
export const yieldToLoop: () => Promise<void> = chooseYield();

interface PrioritizedScheduler {
  readonly yield?: () => Promise<void>;
}

function chooseYield(): () => Promise<void> {
  const scheduler = (globalThis as { readonly scheduler?: PrioritizedScheduler }).scheduler;
  if (typeof scheduler?.yield === "function") {
    return () => (scheduler.yield as () => Promise<void>)();
  }
  const setImmediate = (globalThis as { readonly setImmediate?: (callback: () => void) => unknown }).setImmediate;
  if (typeof setImmediate === "function") {
    return () => new Promise((resolve) => void setImmediate(resolve));
  }
  if (typeof MessageChannel === "function") {
    return yieldThroughChannel;
  }
  const setTimeout = globalThis.setTimeout;
  return () => new Promise((resolve) => void setTimeout(resolve, 0));
}

/** A message is a task of its own, without the 4 ms that nested timers are held back. */
function yieldThroughChannel(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
