/** Where the tabs of one application agree which of them holds the stream. */
export interface Leadership {
  /**
   * Calls `lead` once this tab is the one, and holds on to that until the promise it returns settles. Resolves then, or
   * when `signal` ends the wait.
   */
  lead(signal: AbortSignal, lead: () => Promise<void>): Promise<void>;
}
