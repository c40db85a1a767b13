import { memo, type ReactNode, useDeferredValue, useState } from "react";
import type { ClientEventScheduler } from "../../scheduler.js";
import type { QueuedTrigger } from "../../types/triggers.js";
import type { TabProps } from "./inspector.js";
import { useLive, useTimeText } from "./live.js";
import { countdownText, eventName, kindWords, timeText } from "./words.js";

/** Rows that a list shows. */
export const MOST_ROWS = 200;
/** Triggers that a filter looks at: the name of each event has to be read. */
const MOST_SEARCHED = 2000;

/** The coming triggers, with live countdowns. */
export function Queue({ scheduler, explain }: TabProps): ReactNode {
  const [typed, setTyped] = useState("");
  const filter = useDeferredValue(typed.trim().toLowerCase());
  const { rows, total } = useLive(scheduler, [filter], (from) => ({
    rows: filtered(from, filter),
    total: from.status().triggersQueued,
  }));
  return (
    <>
      <div className="bar">
        <input
          type="search"
          aria-label="Filter the queue"
          placeholder="Filter by name, id or kind"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <ul aria-label="Coming triggers">
        {rows.slice(0, MOST_ROWS).map((trigger) => (
          <li key={trigger.triggerId}>
            <QueueRow scheduler={scheduler} trigger={trigger} explain={explain} />
          </li>
        ))}
      </ul>
      <p className="note" role="status">
        {queueNote(rows.length, total, filter)}
      </p>
    </>
  );
}

function filtered(scheduler: ClientEventScheduler, filter: string): readonly QueuedTrigger[] {
  if (filter === "") {
    return scheduler.queue({ limit: MOST_ROWS });
  }
  return scheduler.queue({ limit: MOST_SEARCHED }).filter(({ eventId, kind }) => {
    const text = `${eventId} ${kind} ${kindWords(kind)} ${eventName(scheduler.getEvent(eventId), eventId)}`;
    return text.toLowerCase().includes(filter);
  });
}

function queueNote(found: number, total: number, filter: string): string {
  if (total === 0) {
    return "Nothing is queued.";
  }
  const all = total.toLocaleString();
  if (filter === "") {
    return total > MOST_ROWS ? `The first ${MOST_ROWS} of ${all} triggers.` : "That is all.";
  }
  const where = total > MOST_SEARCHED ? ` among the next ${MOST_SEARCHED.toLocaleString()} of ${all}` : "";
  return found > MOST_ROWS ? `The first ${MOST_ROWS} of ${found} found${where}.` : `${found} found${where}.`;
}

interface RowProps extends TabProps {
  readonly trigger: QueuedTrigger;
}

const QueueRow = memo(function QueueRow({ scheduler, trigger, explain }: RowProps): ReactNode {
  const { triggerId, eventId, kind, dueAt } = trigger;
  return (
    <button type="button" className="row" onClick={() => explain(triggerId)} title={triggerId}>
      <span>
        <b>{eventName(scheduler.getEvent(eventId), eventId)}</b>
        <i>
          {kindWords(kind)} · {timeText(dueAt)}
        </i>
      </span>
      <Countdown scheduler={scheduler} dueAt={dueAt} />
    </button>
  );
}, sameRow);

/** The same trigger comes as another object at every reading. */
function sameRow(a: RowProps, b: RowProps): boolean {
  return a.trigger.triggerId === b.trigger.triggerId && a.scheduler === b.scheduler && a.explain === b.explain;
}

function Countdown({ scheduler, dueAt }: { scheduler: ClientEventScheduler; dueAt: number }): ReactNode {
  return <em className="num">{useTimeText(scheduler, (now) => countdownText(dueAt - now))}</em>;
}
