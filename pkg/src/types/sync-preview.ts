/** How often a back end is asked that sends nothing by itself: the nearer an event, the more often. */
export interface PollingOptions {
  /** Milliseconds between two requests while no event is near. Default 4 hours. */
  readonly idleMs?: number | undefined;
  /**
   * What counts while the start of an event is at most `withinMs` away. Default: every 15 minutes within 24 hours, every minute
   * within 4 hours. At most 8 rows; no interval below a second.
   */
  readonly near?: readonly { readonly withinMs: number; readonly everyMs: number }[] | undefined;
  /** Milliseconds after its start for which an event counts as near. Default 1 hour. */
  readonly afterStartMs?: number | undefined;
}

/** A request that is to come. */
export interface PlannedPoll {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The interval of the row of the table that asks for it. */
  readonly everyMs: number;
  /** The event for whose sake it is made, and its start; `null` where none is near. */
  readonly eventId: string | null;
  readonly startsAt: number | null;
}

/** When the back end will be asked. */
export interface SyncPreview {
  /** `stream`: changes arrive by themselves, and nothing of this is asked for. `polling`: it is. `off`: there is no transport, or the scheduler is not running. */
  readonly mode: "stream" | "polling" | "off";
  /** The coming requests, as they are made wherever there is no stream: if nothing changes, and none fails. */
  readonly polls: readonly PlannedPoll[];
}
