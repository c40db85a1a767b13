import type { Engine } from "../engine/engine.js";
import type { LoadSource } from "../load/load-source.js";
import type { Logger } from "../ports/logger.js";
import type { FeedChange, ServerNews } from "../ports/transport.js";
import { type LoadOrigin, SOURCE_FEED, SOURCE_LOCAL } from "../wasm/raw.js";
import { applyChange } from "./apply-change.js";

/** Whether a snapshot begins anew, or stands beside a feed that goes on. */
export type FeedOrigin = Exclude<LoadOrigin, "kept">;

/** What the sync loop does to the scheduler. */
export interface SyncTarget {
  /** Replaces all events; answers the cursor that stood beside them. */
  load(source: LoadSource, origin: FeedOrigin): Promise<string | null>;
  /** The back end says so. Never throws for an event that is invalid. */
  applyFeed(change: FeedChange): void;
  /** Another tab says so. */
  applyRelayed(change: FeedChange): void;
  /** What the back end knows now is known here. */
  synced(): void;
  checksum(): string;
  now(): number;
  /** An answer tells of the back end's clock. Resolves when that is gone by. */
  serverNews(news: ServerNews): Promise<void>;
  /** Whether another request would tell more about the back end's clock. */
  clockWanted(): boolean;
  /** Milliseconds to wait after so many failures in a row. */
  retryDelayMs(failures: number): number;
  /** When a back end without a stream is asked next, where it was asked at `last`; epoch milliseconds. */
  nextPoll(last: number): Promise<number>;
  /** `health()` has something new to say. */
  changed(): void;
}

/** What a sync loop needs of a scheduler beside its engine. */
export interface SyncTargetParts extends Pick<SyncTarget, "load" | "changed"> {
  readonly engine: Engine;
  readonly logger: Logger;
  /** See `pollPhase`. */
  readonly phase: number;
  /** Resolves when the part of the core is there that knows the back end's clock. */
  readonly insight: () => Promise<void>;
  /** The back end has changed an event. */
  readonly feedChange: (eventId: string) => void;
}

/** How often the back end is asked where what decides that cannot be loaded. */
const UNDECIDED_MS = 900_000;

/** The engine as a sync loop sees it. */
export function syncTarget({ engine, logger, phase, insight, load, changed, feedChange }: SyncTargetParts): SyncTarget {
  let warned = false;
  /** What cannot be loaded is missing at every answer. */
  const warnOnce = (message: string, thrown: unknown): void => {
    if (!warned && !engine.disposed) {
      warned = true;
      logger.warn(message, thrown);
    }
  };
  return {
    load,
    changed,
    applyFeed: (change) => {
      applyChange(engine, logger, change, SOURCE_FEED);
      feedChange(change.eventId);
    },
    applyRelayed: (change) => applyChange(engine, logger, change, SOURCE_LOCAL),
    synced: () => engine.control.synced(),
    checksum: () => engine.checksum(),
    now: () => engine.now(),
    serverNews: async (news) => {
      if (!engine.serverTime.learns) {
        return;
      }
      try {
        await insight();
        engine.control.learnTime(engine.serverTime, news);
      } catch (thrown) {
        warnOnce("the back end's clock cannot be gone by: the device's counts", thrown);
      }
    },
    clockWanted: () => engine.serverTime.health().wanted,
    retryDelayMs: (failures) => engine.control.retryDelayMs(failures),
    nextPoll: async (last) => {
      try {
        await insight();
        return engine.control.nextPoll(last, phase);
      } catch (thrown) {
        warnOnce("when to ask the back end cannot be decided: it is asked every 15 minutes", thrown);
        return last + UNDECIDED_MS;
      }
    },
  };
}
