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
export class Relay {
  readonly #channel: BroadcastChannel;

  private constructor(channel: BroadcastChannel) {
    this.#channel = channel;
  }

  /** Opens the channel; `null` where the browser has none. */
  static open(key: string, onMessage: (message: RelayMessage) => void): Relay | null {
    if (typeof BroadcastChannel !== "function") {
      return null;
    }
    const channel = new BroadcastChannel(CHANNEL_PREFIX + key);
    channel.onmessage = ({ data }: MessageEvent<RelayMessage>) => onMessage(data);
    return new Relay(channel);
  }

  post(message: RelayMessage): void {
    try {
      this.#channel.postMessage(message);
    } catch {
      // The event holds something that cannot be cloned, such as a function; its JSON can be.
      this.#channel.postMessage(JSON.parse(JSON.stringify(message)));
    }
  }

  close(): void {
    this.#channel.onmessage = null;
    this.#channel.close();
  }
}
