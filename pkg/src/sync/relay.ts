import { broadcastChannel, type TabChannel } from "../ports/tab-channel.js";
import type { ChangesPage, FeedChange, StreamMessage } from "../ports/transport.js";

/** What the tabs of one application tell each other. */
export type RelayMessage =
  /** From the tab that holds the stream: what the back end has sent. */
  | { readonly type: "stream"; readonly message: StreamMessage }
  /** From the same tab, where it has asked the back end: what was answered. */
  | { readonly type: "page"; readonly page: ChangesPage }
  /** From the same tab: it waits until it asks again. */
  | { readonly type: "alive" }
  /** From the tab that holds the stream: the feed has begun anew, take a snapshot. */
  | { readonly type: "reset" }
  /** From any tab: somebody has added, changed or removed an event there. */
  | { readonly type: "local"; readonly change: FeedChange };

/** Versions of the package that do not understand each other use different channels. */
const CHANNEL_PREFIX = "client-event-scheduler/3/";

/** A channel between the tabs. */
export type Relay = TabChannel<RelayMessage>;

/** Opens the channel between the tabs; `null` where the browser has none, or the page may not use it. */
export const openRelay = (key: string, onMessage: (message: RelayMessage) => void): Relay | null =>
  broadcastChannel(CHANNEL_PREFIX + key, onMessage);
