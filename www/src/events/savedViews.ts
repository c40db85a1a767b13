import { useCallback, useSyncExternalStore } from "react";
import { z } from "../api/zod";
import { useSession } from "../session/hooks";

const savedView = z.object({
  name: z.string().min(1),
  /** The part of the address that asks for it, as `writeAddress` writes it. */
  address: z.string(),
});
const stored = z.array(savedView);

/** A list somebody comes back to, under a name of his. */
export type SavedView = z.infer<typeof savedView>;

export const VIEW_NAME_CHARS = 60;

const NONE: readonly SavedView[] = Object.freeze([]);

/** The views of one user in this browser; what cannot be read counts as none. */
export class ViewStore {
  readonly #key: string;
  #text: string | null = null;
  #views: readonly SavedView[] = NONE;

  constructor(
    userId: string,
    private readonly storage: Storage,
  ) {
    this.#key = `ces-views:${userId}`;
  }

  /** The same array for as long as nothing is changed, in this tab or another. */
  readonly read = (): readonly SavedView[] => {
    const text = this.storage.getItem(this.#key);
    if (text !== this.#text) {
      this.#text = text;
      this.#views = parse(text);
    }
    return this.#views;
  };

  /** Keeps the view, in the place of one with the same name. Throws where the browser has no room. */
  save(view: SavedView): void {
    const views = this.read();
    const place = views.findIndex(({ name }) => name === view.name);
    this.#write(place < 0 ? [...views, view] : views.with(place, view));
  }

  remove(name: string): void {
    this.#write(this.read().filter((view) => view.name !== name));
  }

  #write(views: readonly SavedView[]): void {
    this.storage.setItem(this.#key, JSON.stringify(views));
    for (const listener of listeners) listener();
  }
}

function parse(text: string | null): readonly SavedView[] {
  try {
    const { success, data } = stored.safeParse(JSON.parse(text ?? "[]"));
    return success ? data : NONE;
  } catch {
    return NONE;
  }
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

const stores = new Map<string, ViewStore>();

/** The views of whoever is signed in. */
export function useSavedViews(): { readonly views: readonly SavedView[]; readonly store: ViewStore } {
  const userId = useSession().id ?? "";
  const find = useCallback(() => {
    const store = stores.get(userId) ?? new ViewStore(userId, window.localStorage);
    stores.set(userId, store);
    return store;
  }, [userId]);
  const store = find();
  return { views: useSyncExternalStore(subscribe, store.read), store };
}
