import type { LoadSource } from "../load/load-source.js";
import type { EventInput } from "../types/events.js";

/** One item of a change feed: the event as it is now, or that it is gone. */
export type FeedChange =
  | { readonly eventId: string; readonly deleted: false; readonly event: EventInput }
  | {
      readonly eventId: string;
      readonly deleted: true;
      /** The event's revision with which it went: a late echo of what it was before does not bring it back. */
      readonly revision?: number | null | undefined;
    };

/** The feed has been read up to its end. */
export interface UpToDate {
  /** The back end's checksum over its events; compared with the scheduler's own. `null` where it has none. */
  readonly checksum: string | null;
}

/** One page of changes. */
export interface ChangesPage {
  readonly changes: readonly FeedChange[];
  /** Where to go on. */
  readonly nextCursor: string;
  /** `null` when there is more. */
  readonly upToDate: UpToDate | null;
}

/** One message of a stream. */
export type StreamMessage =
  | { readonly type: "change"; readonly cursor: string; readonly change: FeedChange }
  | { readonly type: "bookmark"; readonly cursor: string; readonly upToDate: UpToDate | null }
  | { readonly type: "heartbeat" };

/** Both clocks of the device at one instant: `Date.now()` and `performance.now()`. */
export interface ClockReading {
  readonly wall: number;
  readonly monotonic: number;
}

/** The stamps of one request, from which the back end's clock is estimated. */
export interface ServerTimeSample {
  /** No later than the request left the device. */
  readonly sent: ClockReading;
  /** No earlier than the answer reached the device. */
  readonly received: ClockReading;
  /** By the back end's clock, in epoch milliseconds: when it had the request, and when the answer left. */
  readonly serverReceivedAt: number;
  readonly serverSentAt: number;
}

/** What an answer says beside what it was asked for. */
export interface ServerNews {
  readonly sample?: ServerTimeSample | undefined;
  /** Everything due up to here, in epoch milliseconds, is settled by the back end's own scheduler: it is no earlier than this. */
  readonly watermark?: number | undefined;
}

/** What a request is told. */
export interface RequestOptions {
  /** Ends the request when the scheduler no longer wants the answer. */
  readonly signal: AbortSignal;
  /**
   * To be called as early as the answer allows. Before its events are handed over, what this returns is to be waited for: they
   * are then taken in by the right time. May be called more than once; never rejects.
   */
  readonly onServerNews?: ((news: ServerNews) => Promise<void>) | undefined;
}

/**
 * The way to a back end that has a change feed. Failures are thrown as `SyncError`; anything else that is thrown counts
 * as a failure that can be tried again. A cursor that the back end no longer knows is a `SyncError` with code
 * `CURSOR_EXPIRED`: the scheduler then takes a fresh snapshot.
 */
export interface Transport {
  /** Tabs of one origin whose transports have the same key share one stream. */
  readonly key: string;
  /** Every event, with the cursor of the same instant: `{"cursor": "…", "events": […]}`. */
  snapshot(options: RequestOptions): Promise<LoadSource>;
  /** What has changed since `cursor`. */
  changes(cursor: string, options: RequestOptions): Promise<ChangesPage>;
  /**
   * What has changed since `cursor`, and then what changes, as it happens. Silence of 25 s counts as a failure. Without it, and
   * where it keeps failing, the scheduler asks for changes from time to time: see `polling` of the options.
   */
  stream?(cursor: string, options: RequestOptions): AsyncIterable<StreamMessage>;
}
