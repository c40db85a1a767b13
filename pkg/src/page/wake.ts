/** What a page's life does to a scheduler. */
export interface PageLife {
  /** Time may have passed unnoticed, or the network may be back. */
  wake(): void;
  /** The page is put away, and may be frozen or closed from here on. */
  suspend(): void;
  /** The page is back. */
  resume(): void;
}

interface EventSource {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

/** Listens to the page; the returned function ends that. Does nothing where there is no page. */
export function watchPage(life: PageLife): () => void {
  const page = globalThis as { readonly window?: EventSource; readonly document?: EventSource & { hidden?: boolean } };
  const { window, document } = page;
  if (window === undefined || document === undefined) {
    return () => undefined;
  }
  const wake = (): void => life.wake();
  const suspend = (): void => life.suspend();
  const resume = (): void => life.resume();
  const visible = (): void => {
    if (document.hidden !== true) {
      life.wake();
    }
  };
  const bindings: readonly [EventSource, string, () => void][] = [
    [document, "visibilitychange", visible],
    [document, "freeze", suspend],
    [document, "resume", resume],
    [window, "pagehide", suspend],
    [window, "pageshow", resume],
    [window, "online", wake],
  ];
  for (const [source, type, listener] of bindings) {
    source.addEventListener(type, listener);
  }
  return () => {
    for (const [source, type, listener] of bindings) {
      source.removeEventListener(type, listener);
    }
  };
}
