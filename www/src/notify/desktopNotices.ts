import { useSyncExternalStore } from "react";

/** Whether the browser may tell of triggers: it cannot, it must not, or its user has said yes or no here. */
export type DesktopNoticesState = "unsupported" | "blocked" | "off" | "on";

const KEY = "client-event-scheduler-desktop-notices";

/** Remembers in this browser profile whether its user wants to be told of triggers while the page is hidden. */
class DesktopNotices {
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    window.addEventListener("storage", listener);
    return () => {
      this.#listeners.delete(listener);
      window.removeEventListener("storage", listener);
    };
  };

  readonly getSnapshot = (): DesktopNoticesState => {
    if (!("Notification" in window)) return "unsupported";
    if (Notification.permission === "denied") return "blocked";
    return Notification.permission === "granted" && wanted() ? "on" : "off";
  };

  /** Asks the browser's user where he has not been asked yet. */
  async turnOn(): Promise<void> {
    const permission = await Notification.requestPermission();
    if (permission === "granted") remember(true);
    this.#changed();
  }

  turnOff(): void {
    remember(false);
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function wanted(): boolean {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false; // Storage can be forbidden; then nothing was ever asked for.
  }
}

function remember(on: boolean): void {
  try {
    if (on) localStorage.setItem(KEY, "on");
    else localStorage.removeItem(KEY);
  } catch {
    // Without storage the wish cannot be kept.
  }
}

export const desktopNotices = new DesktopNotices();

export const useDesktopNotices = (): DesktopNoticesState =>
  useSyncExternalStore(desktopNotices.subscribe, desktopNotices.getSnapshot);
