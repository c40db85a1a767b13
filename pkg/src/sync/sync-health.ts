/** How the events are kept in step with a back end. */
export interface SyncHealth {
  /**
   * - `off`: there is no transport, or the scheduler is not running
   * - `loading`: a snapshot is being read
   * - `streaming`: changes arrive as they happen, from the back end
   * - `following`: changes arrive as they happen, from the tab that holds the stream
   * - `polling`: the back end is asked from time to time: it has no stream, or its stream keeps failing, or the tab that
   *   asks for all has gone silent
   * - `retrying`: the back end cannot be reached; the last good state stays in use
   */
  readonly state: "off" | "loading" | "streaming" | "following" | "polling" | "retrying";
  /** Whether this tab holds the stream for the browser, follows one that does, or is on its own. */
  readonly role: "leader" | "follower" | "solo" | null;
  /** Position in the back end's feed. */
  readonly cursor: string | null;
  /** When the back end, or the tab that holds the stream, was last heard of, in epoch milliseconds. */
  readonly lastContactAt: number | null;
  /** Requests that have failed in a row. */
  readonly failures: number;
  readonly lastError: { readonly code: string; readonly message: string } | null;
  /** How often the events turned out to differ from the back end's. Each time a fresh snapshot is taken. */
  readonly divergences: number;
}

export const SYNC_OFF: SyncHealth = Object.freeze({
  state: "off",
  role: null,
  cursor: null,
  lastContactAt: null,
  failures: 0,
  lastError: null,
  divergences: 0,
});
