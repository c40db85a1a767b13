import type { FeedChange } from "../ports/transport.js";

/** What somebody has told the scheduler of one tab to do, and what holds for the profile. */
export type StandingOrder =
  | { readonly type: "pause"; readonly reason: string }
  | { readonly type: "resume"; readonly from: "watermark" | "now" }
  | { readonly type: "backfill"; readonly from: number; readonly until: number; readonly again: boolean }
  | { readonly type: "retry"; readonly triggerId: string };

/** What the tabs of one application tell each other. */
export type TabMessage =
  /** From the tab that acts, every few seconds. `handled` has bit `n` for the kind of number `n`. */
  | { readonly type: "beat"; readonly epoch: number; readonly handled: number }
  /** From a tab that handles more than the one that acts. */
  | { readonly type: "yield"; readonly handled: number }
  /** From the tab that acts: it has written its state. With the state itself where a tab cannot read it. */
  | { readonly type: "saved"; readonly epoch: number; readonly state?: Uint8Array }
  /** From a tab that waits and has no storage to read the state from. */
  | { readonly type: "blind" }
  /** From any tab: the application has added, changed or removed an event there. */
  | { readonly type: "local"; readonly change: FeedChange }
  /** From any tab: the application has replaced all events there, and they are written. */
  | { readonly type: "loaded"; readonly checksum: string }
  | { readonly type: "order"; readonly order: StandingOrder };

/** Whether the handled kinds `mine` are all of `theirs`, and more. */
export function surpasses(mine: number, theirs: number): boolean {
  return mine !== theirs && (mine & theirs) === theirs;
}
