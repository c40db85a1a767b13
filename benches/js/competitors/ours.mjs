import { ClientEventScheduler, createScheduler } from "client-event-scheduler";

export const name = "ours";
export const title = "client-event-scheduler, through its public interface";

/** Compiles the WebAssembly module, once in the life of a page. */
export async function ready() {
  const scheduler = await createScheduler({ logger: false, storage: false, tabs: false });
  scheduler.dispose();
}

/**
 * Not started, so that nothing but the benchmark makes it tick. The grace for backdated triggers is off because the others have
 * none, and the limit is raised because additions to 100 000 events would go beyond it.
 *
 * @param {{clock: {now(): number}}} options
 */
export function create({ clock }) {
  return new ClientEventScheduler({
    clock,
    logger: false,
    backdateGraceMs: 0,
    maxEvents: 200_000,
    storage: false,
    tabs: false,
  });
}
