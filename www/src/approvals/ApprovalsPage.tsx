import { IconChecks, IconLock } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { RunReport } from "../events/bulk/RunReport";
import type { BulkRun } from "../events/bulk/runBulk";
import { DeclineEventDialog } from "../events/DeclineEventDialog";
import { useDecideEvent } from "../events/mutations";
import { AwayAlert } from "../health/AwayAlert";
import { useReachable } from "../health/useReachable";
import type { EventRow } from "../scheduler/eventIndex";
import { useFeedState } from "../scheduler/useFeedState";
import { useMay } from "../session/hooks";
import { Page } from "../ui/Page";
import { PageState } from "../ui/PageState";
import classes from "./Approvals.module.css";
import { Candidate } from "./Candidate";
import { PendingList } from "./PendingList";
import { usePending } from "./usePending";

/** `/approvals` */
export function Component() {
  const may = useMay();
  if (!may("events:approve")) {
    return (
      <PageState
        icon={<IconLock size={22} stroke={1.6} />}
        title="Others decide about events"
        detail="What you propose waits here for an organizer. Your own proposals are in the list of events."
      />
    );
  }
  return (
    <Page
      title="Approvals"
      detail="Events that wait for a decision; the one that starts first has the least time left."
    >
      <Approvals />
    </Page>
  );
}

type Decision = "approve" | "decline";

function Approvals() {
  const pending = usePending();
  const feed = useFeedState();
  const { current, choose, move } = useCurrent(pending);
  const { decide, busy, last, dismiss } = useDecisions();
  const reachable = useReachable();
  const [asked, setAsked] = useState<EventRow | null>(null);
  const part = useRef<HTMLElement>(null);
  useFocusAfterDecision(part, pending.length);

  if (pending.length === 0) {
    return (
      <>
        {last && <RunReport run={last} onClose={dismiss} />}
        {feed.loading ? (
          <PageState busy title="Loading the events" />
        ) : (
          <PageState
            icon={<IconChecks size={22} stroke={1.6} />}
            title="Nothing waits for a decision"
            detail="Events that somebody proposes appear here as soon as they are made."
          />
        )}
      </>
    );
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const field = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    const typing = field || event.ctrlKey || event.metaKey || event.altKey;
    if (typing || !current) return;
    const keys: Readonly<Record<string, () => void>> = {
      a: () => reachable && !busy && decide(current, "approve"),
      d: () => reachable && !busy && setAsked(current),
      j: () => move(1),
      k: () => move(-1),
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  return (
    <>
      {last && <RunReport key={last.outcomes[0]?.eventId} run={last} onClose={dismiss} />}
      <AwayAlert>Decisions can be taken again when it is back.</AwayAlert>
      <section className={classes.parts} ref={part} aria-label="Decisions" onKeyDown={onKeyDown}>
        <PendingList pending={pending} current={current} onChoose={choose} />
        {current && (
          <Candidate
            key={current.event.event_id}
            row={current}
            busy={busy}
            disabled={!reachable}
            onApprove={() => decide(current, "approve")}
            onDecline={() => setAsked(current)}
          />
        )}
      </section>
      <DeclineEventDialog
        event={asked?.event ?? null}
        onClose={() => setAsked(null)}
        onDecline={(reason) => asked && decide(asked, "decline", reason)}
      />
    </>
  );
}

/** The event that is looked at. When it has gone from the list, the one that took its place. */
function useCurrent(pending: readonly EventRow[]) {
  const [id, setId] = useState<string | null>(null);
  const [place, setPlace] = useState(0);
  const found = pending.findIndex(({ event }) => event.event_id === id);
  const at = found >= 0 ? found : Math.min(place, pending.length - 1);
  const goTo = (next: number) => {
    const row = pending[next];
    if (!row) return;
    setId(row.event.event_id);
    setPlace(next);
  };
  return {
    current: pending[at],
    choose: (row: EventRow) => goTo(pending.indexOf(row)),
    move: (by: number) => goTo(at + by),
  };
}

/** Takes decisions, and keeps the last one so that it can be undone. */
function useDecisions() {
  const mutation = useDecideEvent();
  const [last, setLast] = useState<BulkRun | null>(null);
  const decide = (row: EventRow, decision: Decision, reason?: string) =>
    mutation.mutate(
      { event: row.event, decision, reason },
      {
        onSuccess: ({ revision }) => {
          const eventId = row.event.event_id;
          const changed = {
            eventId,
            row,
            result: "changed",
            revision: revision ?? undefined,
            problem: undefined,
          } as const;
          setLast({ action: { type: decision }, outcomes: [changed], broken: undefined });
        },
      },
    );
  return { decide, busy: mutation.isPending, last, dismiss: () => setLast(null) };
}

/** After a decision the keys go on with the next event. */
function useFocusAfterDecision(part: { readonly current: HTMLElement | null }, count: number): void {
  const before = useRef(count);
  useEffect(() => {
    const fewer = count < before.current;
    before.current = count;
    const { activeElement } = document;
    const inDialog = activeElement?.closest("[role=dialog]") !== null;
    const lost = activeElement === document.body || inDialog || part.current?.contains(activeElement);
    if (fewer && lost) part.current?.querySelector<HTMLElement>("[aria-current]")?.focus();
  }, [count, part]);
}
