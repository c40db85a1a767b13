/** What a page's life does to a scheduler. */
export interface PageLife {
  /** Time may have passed unnoticed, or the network may be back. */
  wake(): void;
  /** The page is put away. `frozen`: it runs no further, but is still there; otherwise it may be closed or frozen next. */
  suspend(frozen: boolean): void;
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
  const freeze = (): void => life.suspend(true);
  const hide = (): void => life.suspend(false);
  const resume = (): void => life.resume();
  const visible = (): void => {
    if (document.hidden !== true) {
      life.wake();
    }
  };
  const bindings: readonly [EventSource, string, () => void][] = [
    [document, "visibilitychange", visible],
    [document, "freeze", freeze],
    [document, "resume", resume],
    [window, "pagehide", hide],
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
