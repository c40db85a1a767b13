/** What the tabs of one browser profile say to each other. A tab does not hear itself. */
export interface TabChannel<M> {
  post(message: M): void;
  close(): void;
}

/** Opens the channel of this name; `null` where the browser has none, or the page may not use it. */
export function broadcastChannel<M>(name: string, onMessage: (message: M) => void): TabChannel<M> | null {
  let channel: BroadcastChannel;
  try {
    channel = new BroadcastChannel(name);
  } catch {
    // There is none; or the page may not store anything, which Firefox says by an exception.
    return null;
  }
  channel.onmessage = ({ data }: MessageEvent<M>) => onMessage(data);
  return {
    post(message) {
      try {
        channel.postMessage(message);
      } catch {
        // It holds something that cannot be cloned, such as a function in an event; its JSON can be.
        channel.postMessage(JSON.parse(JSON.stringify(message)));
      }
    },
    close() {
      channel.onmessage = null;
      channel.close();
    },
  };
}
