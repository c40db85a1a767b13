import { act, createElement, type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import type { ClientEventScheduler } from "../../src/index.js";
import { SchedulerProvider, type SchedulerProviderProps } from "../../src/react/index.js";
import { afterTest } from "./schedulers.js";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

/** A place in the document that goes with the test. */
export interface Place {
  readonly container: HTMLElement;
  show(node: ReactNode): Promise<void>;
  /** Shows a component below a provider. */
  showBelow(props: SchedulerProviderProps, node: ReactNode, strict?: boolean): Promise<void>;
}

export function place(): Place {
  const container = document.createElement("div");
  const root = createRoot(container);
  afterTest(() => act(() => root.unmount()));
  const show = (node: ReactNode): Promise<void> => act(async () => root.render(node));
  return {
    container,
    show,
    showBelow: (props, node, strict = false) => {
      const tree = createElement(SchedulerProvider, props, node);
      return show(strict ? createElement(StrictMode, null, tree) : tree);
    },
  };
}

/** A component that calls `use` at each render. */
export function Using({ use }: { readonly use: () => unknown }): ReactNode {
  return JSON.stringify(use()) ?? null;
}

/** Lets effects, promises and immediate timers have their turn. */
export const settled = (): Promise<void> =>
  act(async () => void (await new Promise((resolve) => setTimeout(resolve, 5))));

/** Handlers that a scheduler has now, found by using up the rest of its budget. */
export function handlersOf(scheduler: ClientEventScheduler): number {
  const ends: (() => void)[] = [];
  try {
    for (;;) {
      ends.push(scheduler.onStatusChange(() => undefined));
    }
  } catch {
    return 1000 - ends.length;
  } finally {
    for (const end of ends) {
      end();
    }
  }
}

/** The schedulers of this page. */
export function liveSchedulers(): readonly ClientEventScheduler[] {
  const registry = (globalThis as Record<symbol, { schedulers: Set<ClientEventScheduler> } | undefined>)[
    Symbol.for("client-event-scheduler/registry/1")
  ];
  return [...(registry?.schedulers ?? [])];
}
