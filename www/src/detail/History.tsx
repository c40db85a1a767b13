import type { HistoryEntry } from "../api/scheduler";
import { useLatestHistory } from "../scheduler/serverRecord";
import { happeningTone, happeningWords, kindWords, type State, stateWords } from "../scheduler/vocabulary";
import { latenessWords } from "../time/duration";
import { Instant } from "../time/Instant";
import { Panel, PanelNote } from "../ui/Panel";
import { Tag } from "../ui/Tag";
import classes from "./Detail.module.css";
import { HISTORY_READ } from "./Triggers";

/** How the event came to stand where it stands, by the server's record. */
export function History({ eventId }: { readonly eventId: string }) {
  const history = useLatestHistory({ event_id: eventId, limit: HISTORY_READ });
  return (
    <Panel title="History" flush>
      {history.isError ? (
        <PanelNote>The server's record cannot be read: {history.error.message}</PanelNote>
      ) : !history.data ? (
        <PanelNote>Reading the server's record …</PanelNote>
      ) : history.data.length === 0 ? (
        <PanelNote>Nothing has happened to it yet.</PanelNote>
      ) : (
        <ol className={classes.history} data-testid="history">
          {history.data.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Entry({ entry }: { readonly entry: HistoryEntry }) {
  const { before, after, cause, trigger_id: triggerId } = entry;
  return (
    <li>
      <span className={classes.words}>
        <span className={classes.kind}>
          {before && after && stateWords(before as State) !== stateWords(after as State)
            ? `${stateWords(before as State)} → ${stateWords(after as State)}`
            : after
              ? stateWords(after as State)
              : kindWords(entry.kind)}
        </span>
        <span className={classes.soft}>
          <Instant at={Date.parse(entry.executed_at)} />
          {triggerId && ` · ${kindWords(entry.kind)}, ${latenessWords(entry.lateness_ms)}`}
        </span>
      </span>
      <Tag tone={happeningTone(cause)}>{happeningWords(cause)}</Tag>
    </li>
  );
}
