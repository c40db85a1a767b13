import type { Engine } from "../engine/engine.js";
import type { WakeSource } from "../ports/wake-source.js";

/** What is due later than this is found by the next regular call. */
const SOON_MS = 1000;

/** Lets what is due fire, and asks to be called for what is due next; `jumped` when time has passed unnoticed. */
export function wakeEngine(engine: Engine, wakeSource: WakeSource | null, jumped: boolean): void {
  if (jumped || engine.nextDeadline() <= engine.now()) {
    engine.tick();
  }
  const wait = engine.nextDeadline() - engine.now();
  if (wait < SOON_MS) {
    wakeSource?.wakeIn(Math.max(1, Math.ceil(wait)));
  }
}
