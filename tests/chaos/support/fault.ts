import type { BrowserName } from "./browser.js";
import type { Policy } from "./chaos-server.js";
import type { Run } from "./run.js";

/** Something that happens to the tabs of a browser. */
export interface Fault {
  readonly name: string;
  /** What is done, for people. */
  readonly title: string;
  /** How long triggers fall due. */
  readonly seconds: number;
  readonly tabs?: number;
  readonly events?: number;
  readonly policy?: Policy;
  /** The page comes by plain HTTP from a name that is not this machine's. */
  readonly insecure?: boolean;
  /** The person has forbidden all pages to store anything. */
  readonly storesNothing?: boolean;
  /** How much the origin may store. */
  readonly quotaBytes?: number;
  /** The browser goes by a wall clock that can be set. */
  readonly clock?: boolean;
  readonly maxAttempts?: number;
  /** How tabs after the first come by the events. */
  readonly knownFrom?: "initialize" | "keep";
  /** Each tab acts, and says so: what is delivered in several tabs is not counted. */
  readonly eachTabActs?: boolean;
  /** A script that runs before every page's own, to take something from it or to break it. */
  readonly prelude?: string;
  /** Changes of states meanwhile may not be told, but only shown to whoever asks. */
  readonly untold?: boolean;
  /** What was done cannot be kept: whoever takes over later does it again. */
  readonly forgets?: boolean;
  /** Where it cannot be played, and why. */
  readonly not?: Readonly<Partial<Record<BrowserName, string>>>;
  /** What tabs may complain of. */
  readonly complaints?: readonly RegExp[];
  /** How long after the last due time everything must have had its effect. */
  readonly patienceMs?: number;
  /** Takes as long as it takes to do it, and to see that another tab acts. */
  strike(run: Run): Promise<void>;
}
