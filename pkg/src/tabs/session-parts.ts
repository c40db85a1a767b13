import type { Engine } from "../engine/engine.js";
import type { Logger } from "../ports/logger.js";
import type { StoredCursor } from "../ports/storage.js";
import type { FeedChange } from "../ports/transport.js";
import type { TriggerDelivery } from "../types/triggers.js";
import type { StandingOrder } from "./messages.js";
import type { ProfilePorts } from "./tab-ports.js";

/** What a session does to the scheduler of its tab. */
export interface SessionOwner {
  /** Runs the handlers of a delivery. */
  readonly run: (delivery: TriggerDelivery) => void;
  /** Bit `n` for a handled kind of number `n`. */
  readonly handled: () => number;
  /** Another tab has changed an event. */
  readonly applyLocal: (change: FeedChange) => void;
  readonly obey: (order: StandingOrder) => void;
  /** Where the feed of the back end goes on; `undefined` without one. */
  readonly cursor: () => StoredCursor | null | undefined;
  /** Everything up to here was kept. */
  readonly restored: (cursor: StoredCursor) => void;
  /** This tab has begun or ceased to act. */
  readonly roleChanged: () => void;
  /** About a second has passed. */
  readonly ticked: () => void;
  /** Time has passed unnoticed. */
  readonly jumped: () => void;
  readonly changed: () => void;
}

export interface SessionParts {
  readonly name: string;
  readonly ports: ProfilePorts;
  readonly engine: Engine;
  readonly logger: Logger;
  readonly owner: SessionOwner;
}
