import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useId, useRef, useState } from "react";
import type { ClientEventScheduler } from "../../scheduler.js";
import { Deliveries } from "./deliveries.js";
import { Explain } from "./explain.js";
import { Health } from "./health.js";
import { useInspected, useLive, useTimeText } from "./live.js";
import { Queue } from "./queue.js";
import { Shadow } from "./shadow.js";
import { TimeTravel } from "./time-travel.js";
import { countdownText } from "./words.js";

/** The corner of the window in which the inspector sits. */
export type InspectorPosition = "bottom-right" | "bottom-left" | "top-right" | "top-left";

/** What {@link SchedulerInspector} takes. */
export interface SchedulerInspectorProps {
  /** Default: the scheduler of the provider above, else the one that was made last on this page. */
  readonly scheduler?: ClientEventScheduler | undefined;
  /** Whether it begins as a panel and not as a button. Default false. */
  readonly defaultOpen?: boolean | undefined;
  /** Default `"bottom-right"`. */
  readonly position?: InspectorPosition | undefined;
}

/** What every tab is given. */
export interface TabProps {
  readonly scheduler: ClientEventScheduler;
  /** Goes to the explanation of an event or a trigger. */
  readonly explain: (id: string) => void;
}

const TABS = ["Queue", "Deliveries", "Health", "Explain", "Time travel"] as const;
type Tab = (typeof TABS)[number];

/**
 * Shows what a scheduler is doing, in a panel that folds up into a button: what is coming, what was delivered, how it is,
 * why something fired or did not, and what would fire until when. Its style neither touches the page's nor is touched by
 * it. It renders nothing on the server.
 */
export function SchedulerInspector(props: SchedulerInspectorProps): ReactNode {
  const { defaultOpen = false, position = "bottom-right" } = props;
  const scheduler = useInspected(props.scheduler);
  const [open, setOpen] = useState(defaultOpen);
  const button = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(open);
  useEffect(() => {
    if (wasOpen.current && !open) {
      button.current?.focus();
    }
    wasOpen.current = open;
  }, [open]);
  const close = useCallback(() => setOpen(false), []);
  return (
    <Shadow at={position} open={open}>
      <div className="root">
        {open ? (
          <Panel scheduler={scheduler} close={close} />
        ) : (
          <button ref={button} type="button" className="fab" aria-expanded={false} onClick={() => setOpen(true)}>
            <span className="gone">Scheduler inspector: </span>
            {scheduler === null ? <span>no scheduler</span> : <Summary scheduler={scheduler} />}
          </button>
        )}
      </div>
    </Shadow>
  );
}

/** The state as a dot, and the next countdown. */
function Summary({ scheduler }: { scheduler: ClientEventScheduler }): ReactNode {
  const { state, next } = useLive(scheduler, [], (from) => ({ state: from.health().state, next: from.nextTrigger() }));
  const text = useTimeText(scheduler, (now) => (next === null ? "nothing queued" : countdownText(next.dueAt - now)));
  return (
    <>
      <span className="dot" data-state={state} />
      <span className="gone">{state}, next trigger in </span>
      <span className="num">{text}</span>
    </>
  );
}

function Panel({ scheduler, close }: { scheduler: ClientEventScheduler | null; close: () => void }): ReactNode {
  const title = useId();
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  };
  return (
    <section className="panel" aria-labelledby={title} onKeyDown={onKeyDown}>
      <header className="head">
        {scheduler !== null && <State scheduler={scheduler} />}
        <h2 id={title}>Scheduler inspector{scheduler !== null && ` — ${scheduler.name}`}</h2>
        <button type="button" className="icon" aria-label="Close the inspector" onClick={close}>
          <svg width="14" height="14" viewBox="0 0 14 14" stroke="currentColor" strokeWidth="1.8" aria-hidden="true">
            <path d="M2 2l10 10M12 2L2 12" />
          </svg>
        </button>
      </header>
      {scheduler === null ? (
        <p className="note">There is no scheduler on this page now.</p>
      ) : (
        <Tabs scheduler={scheduler} />
      )}
    </section>
  );
}

function State({ scheduler }: { scheduler: ClientEventScheduler }): ReactNode {
  const state = useLive(scheduler, [], (from) => from.health().state);
  return <span className="dot" data-state={state} role="img" aria-label={`State: ${state}`} />;
}

function Tabs({ scheduler }: { scheduler: ClientEventScheduler }): ReactNode {
  const [tab, setTab] = useState<Tab>("Queue");
  const [asked, setAsked] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const panel = useId();
  const explain = useCallback((id: string) => {
    setAsked(id);
    setTab("Explain");
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = TABS.indexOf(tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 }[event.key];
    if (to === undefined) {
      return;
    }
    event.preventDefault();
    const next = (to + TABS.length) % TABS.length;
    setTab(TABS[next] as Tab);
    list.current?.querySelectorAll("button")[next]?.focus();
  };
  const shared: TabProps = { scheduler, explain };
  return (
    <>
      <div ref={list} className="tabs" role="tablist" aria-label="Scheduler inspector" onKeyDown={onKeyDown}>
        {TABS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${panel}-${TABS.indexOf(name)}`}
            aria-controls={panel}
            aria-selected={name === tab}
            tabIndex={name === tab ? 0 : -1}
            onClick={() => setTab(name)}
          >
            {name}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a panel that scrolls must be reachable with the keyboard */}
      <div className="body" role="tabpanel" id={panel} aria-labelledby={`${panel}-${TABS.indexOf(tab)}`} tabIndex={0}>
        {tab === "Queue" && <Queue {...shared} />}
        {tab === "Deliveries" && <Deliveries {...shared} />}
        {tab === "Health" && <Health {...shared} />}
        {tab === "Explain" && <Explain {...shared} asked={asked} />}
        {tab === "Time travel" && <TimeTravel {...shared} />}
      </div>
    </>
  );
}
