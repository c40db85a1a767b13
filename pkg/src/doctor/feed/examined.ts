import type { BackEnd } from "./back-end.js";
import type { Checks } from "./checks.js";

/** The requests that change events, such as `POST /api/v1/admin/events/create`. */
export interface WritingWishes {
  readonly create: string;
  readonly update: string;
  readonly remove: string;
}

/** How a back end is checked. */
export interface FeedWishes extends WritingWishes {
  /** Below which `snapshot`, `changes` and `stream` are. */
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly timeoutMs: number;
  readonly timeZone: string | null;
  readonly wait: boolean;
  readonly write: boolean;
}

/** What every part of the examination needs: the snapshot with which it begins. */
export interface Examined {
  readonly backEnd: BackEnd;
  readonly checks: Checks;
  readonly cursor: string;
  readonly epoch: string;
  readonly seq: number;
  readonly events: readonly unknown[];
  readonly snapshot: Uint8Array;
}
