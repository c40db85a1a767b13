/** What the tabs tell the test, and the test the tabs. */

/** A handler was called, and this is its effect. */
export interface Effect {
  /** Names the call: two entries of one name are one call, whose request the browser has repeated. */
  readonly call: string;
  readonly tab: string;
  /** Another one after each reload of the tab. */
  readonly page: string;
  /** Counts the calls of handlers in this page. */
  readonly number: number;
  readonly triggerId: string;
  readonly eventId: string;
  readonly attempt: number;
  readonly sequence: number;
  readonly cause: string;
  readonly scheduledAt: number;
  /** When the handler was called, by the clock of the tab. */
  readonly ranAt: number;
  readonly hidden: boolean;
  /** The page hung between the call and this effect, which nobody can take back. */
  readonly hung: boolean;
}

/** A tab has begun or ceased to act. */
export interface RoleReport {
  readonly tab: string;
  /** When, in milliseconds by the tab's own count: one report can overtake another. */
  readonly told: number;
  readonly role: string;
  readonly epoch: number | null;
}

/** How a tab is set up. */
export interface TabSettings {
  readonly tab: string;
  /** `initialize`: gives all events to the scheduler; `keep`: goes by what another tab has kept. */
  readonly events: "initialize" | "keep";
  readonly maxAttempts: number;
}

/** What a tab shows of its scheduler. */
export interface TabView {
  readonly role: string;
  /** By event id, as `onStatusChange` has told. */
  readonly told: Readonly<Record<string, string>>;
  /** The same, asked for now. */
  readonly states: Readonly<Record<string, string>>;
  readonly now: number;
  readonly hidden: boolean;
  readonly issues: readonly string[];
  readonly storage: string;
  readonly source: string | null;
  /** The page has come back from the back/forward cache. */
  readonly restoredFromCache: boolean;
}

/** What the page offers to the test. */
export interface ChaosPage {
  view(): TabView;
  /** The decisions about one trigger, for a person who looks into a failure. */
  explain(triggerId: string): Promise<string>;
  /** Keeps the page busy, from the next call of a handler (`in_handler`) or from now on. */
  hang(ms: number, when: "now" | "in_handler" | "after_effect"): void;
  retryDeadLetters(): number;
  /** Stores noise until the browser takes no more. */
  fillStorage(): Promise<void>;
  /** Bytes that the origin has stored. */
  storedBytes(): Promise<number>;
}
