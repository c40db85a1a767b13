import { IconHourglassEmpty } from "@tabler/icons-react";
import { Link } from "react-router";
import type { HistoryEntry } from "../api/scheduler";
import { JustHappened } from "../queue/JustHappened";
import { eventName } from "../scheduler/eventFields";
import { useEventIndex } from "../scheduler/hooks";
import { useLatestHistory } from "../scheduler/serverRecord";
import { happeningTone, happeningWords, kindWords } from "../scheduler/vocabulary";
import { latenessWords } from "../time/duration";
import { Instant } from "../time/Instant";
import { eventPath } from "../ui/eventPath";
import { KindIcon } from "../ui/KindIcon";
import { Panel, PanelNote } from "../ui/Panel";
import { Tag } from "../ui/Tag";
import classes from "./Dashboard.module.css";
import { Lines } from "./Lines";
import { ofTriggers } from "./record";

const SHOWN = 8;
/** Edits are in the history too and are passed over here. */
const READ = 200;

/** What fired lately, with why it fired when it did and how late that was; the record is the server's. */
export function LatelyFired() {
  const history = useLatestHistory({ limit: READ });
  const fired = ofTriggers(history.data ?? []).slice(0, SHOWN);
  return (
    <Panel title="Just happened" className={classes.lists} flush>
      {history.isError ? (
        <>
          <PanelNote>The server's record cannot be read. This page itself has seen:</PanelNote>
          <JustHappened />
        </>
      ) : !history.data ? (
        <Lines count={SHOWN} label="Loading what happened" />
      ) : fired.length === 0 ? (
        <div className={classes.empty}>
          <IconHourglassEmpty size={22} stroke={1.5} aria-hidden />
          <p>Nothing has fired yet. Each trigger is listed here with its lateness as soon as it has.</p>
        </div>
      ) : (
        <ol className={classes.list} data-testid="lately-fired">
          {fired.map((entry) => (
            <Fired key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Fired({ entry }: { readonly entry: HistoryEntry }) {
  const event = useEventIndex().byId.get(entry.event_id)?.event;
  return (
    <li className={classes.row}>
      <KindIcon kind={entry.kind} />
      <span className={classes.words}>
        <Link className={classes.name} to={eventPath(entry.event_id)}>
          {event ? eventName(event) : entry.event_id}
        </Link>
        <span className={classes.soft}>
          {kindWords(entry.kind)} · <Instant at={Date.parse(entry.scheduled_at)} />
        </span>
      </span>
      <span className={classes.outcome}>
        <Tag tone={happeningTone(entry.cause)}>{happeningWords(entry.cause)}</Tag>
        <span className={classes.soft}>{latenessWords(entry.lateness_ms)}</span>
      </span>
    </li>
  );
}
