import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useEffect,
  useInsertionEffect,
  useRef,
  useState,
} from "react";
import { sharedScheduler } from "../default-scheduler.js";
import { ApiMisuseError } from "../errors/errors.js";
import { ensureWasmSource } from "../load/ensure-wasm.js";
import { loggerFrom } from "../ports/logger.js";
import type { ClientEventScheduler } from "../scheduler.js";
import type { SchedulerOptions } from "../types/scheduler-types.js";
import { useBrowserLayoutEffect } from "./use-browser-layout-effect.js";

/** What {@link SchedulerProvider} takes: a scheduler, or settings for the default one. */
export interface SchedulerProviderProps {
  /** A scheduler of your own, which you start and dispose of. */
  readonly scheduler?: ClientEventScheduler | undefined;
  /**
   * Settings for the default scheduler, on which `addEventToScheduler` and its like act too. It is made on mount, started
   * as soon as the components below have their handlers, and goes on unmount. They are read once.
   */
  readonly options?: SchedulerOptions | undefined;
  readonly children?: ReactNode;
}

/** `undefined` outside any provider, `null` until the scheduler is there. */
const SchedulerContext = createContext<ClientEventScheduler | null | undefined>(undefined);

/** Gives the components below it a scheduler. */
export function SchedulerProvider({ scheduler, options, children }: SchedulerProviderProps): ReactNode {
  const shared = useSharedScheduler(scheduler === undefined, options);
  return createElement(SchedulerContext.Provider, { value: scheduler ?? shared }, children);
}

/**
 * The scheduler of the provider above. `null` while it is being made — on the server and in the first render —, unless
 * the provider was given one.
 */
export function useScheduler(): ClientEventScheduler | null {
  const scheduler = useContext(SchedulerContext);
  if (scheduler === undefined) {
    throw new ApiMisuseError("NO_PROVIDER", "there is no <SchedulerProvider> above this component");
  }
  return scheduler;
}

/** The scheduler of the provider above, for hooks that do without one. */
export function useOptionalScheduler(): ClientEventScheduler | null {
  return useContext(SchedulerContext) ?? null;
}

function useSharedScheduler(wanted: boolean, options: SchedulerOptions | undefined): ClientEventScheduler | null {
  const [scheduler, setScheduler] = useState<ClientEventScheduler | null>(null);
  const firstOptions = useRef(options);
  // Before the effects of the components below, whose calls may be the first to need the scheduler.
  useInsertionEffect(() => {
    if (wanted) {
      sharedScheduler().prepare(firstOptions.current);
    }
  }, [wanted]);
  useEffect(() => {
    if (!wanted) {
      return undefined;
    }
    const shared = sharedScheduler();
    let mounted = true;
    ensureWasmSource()
      .then(() => shared.hold())
      .then((made) => mounted && setScheduler(made))
      .catch((thrown: unknown) => {
        loggerFrom(firstOptions.current?.logger).error("the scheduler could not be made", thrown);
      });
    return () => {
      mounted = false;
      setScheduler(null);
      shared.release();
    };
  }, [wanted]);
  // Effects run from below upwards: what was missed finds the handlers of `useTrigger` registered.
  useBrowserLayoutEffect(() => {
    if (wanted && scheduler !== null) {
      sharedScheduler().startForHolders();
    }
  }, [wanted, scheduler]);
  return wanted ? scheduler : null;
}
