const KEY = "client-event-scheduler/phase";

/**
 * Where this client stands between two requests, from 0 up to 1: not all are to ask at the same instant. Stays the same
 * across visits where something may be kept.
 */
export function pollPhase(kept: boolean): number {
  const drawn = Math.random();
  try {
    const { localStorage } = globalThis as { readonly localStorage?: Storage };
    if (kept && typeof document === "object" && localStorage !== undefined) {
      const known = Number(localStorage.getItem(KEY) ?? Number.NaN);
      if (known >= 0 && known < 1) {
        return known;
      }
      localStorage.setItem(KEY, String(drawn));
    }
  } catch {
    // Storage is forbidden here: this page has a phase of its own.
  }
  return drawn;
}
