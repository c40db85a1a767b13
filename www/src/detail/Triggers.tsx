import { type EventDocument, eventTimeZone } from "../scheduler/eventFields";
import { usePageScheduler } from "../scheduler/hooks";
import { useExplanations, useLatestHistory } from "../scheduler/serverRecord";
import { happeningTone, happeningWords, kindWords } from "../scheduler/vocabulary";
import { Countdown } from "../time/Countdown";
import { latenessWords } from "../time/duration";
import { Instant } from "../time/Instant";
import { KindIcon } from "../ui/KindIcon";
import { Panel, PanelNote } from "../ui/Panel";
import { Tag } from "../ui/Tag";
import classes from "./Detail.module.css";
import { lifeOf, type TriggerLife } from "./lifeOf";

export const HISTORY_READ = 100;

/** Every trigger of the event: what is to come with its countdown, what was with its outcome, and for each the reasons. */
export function Triggers({ event }: { readonly event: EventDocument }) {
  const { event_id: eventId } = event;
  const { page, server } = useExplanations(eventId, eventId);
  const history = useLatestHistory({ event_id: eventId, limit: HISTORY_READ });
  const now = usePageScheduler().now();
  const answered = page.data !== undefined || server.data !== undefined;
  const lives = lifeOf(eventId, page.data, server.data, history.data ?? []);
  return (
    <Panel title="Triggers" flush>
      {lives.length === 0 ? (
        <PanelNote>{answered ? "It has no triggers." : "Asking for its triggers …"}</PanelNote>
      ) : (
        <ol className={classes.triggers} data-testid="triggers">
          {lives.map((life) => (
            <Trigger key={life.triggerId} life={life} past={life.dueAt <= now} timeZone={eventTimeZone(event)} />
          ))}
        </ol>
      )}
      {server.isError && <PanelNote>What the server says of them cannot be read: {server.error.message}</PanelNote>}
    </Panel>
  );
}

interface Props {
  readonly life: TriggerLife;
  readonly past: boolean;
  readonly timeZone: string | undefined;
}

function Trigger({ life, past, timeZone }: Props) {
  const { kind, dueAt, outcome, page, server } = life;
  return (
    <li>
      <div className={classes.trigger}>
        <KindIcon kind={kind} />
        <span className={classes.words}>
          <span className={classes.kind}>{kindWords(kind)}</span>
          <Instant className={classes.soft} at={dueAt} timeZone={timeZone} />
        </span>
        {outcome ? (
          <span className={classes.outcome}>
            <Tag tone={happeningTone(outcome.cause)}>{happeningWords(outcome.cause)}</Tag>
            <span className={classes.soft}>{latenessWords(outcome.latenessMs)}</span>
          </span>
        ) : past ? (
          <span className={classes.soft}>past</span>
        ) : (
          <Countdown target={dueAt} />
        )}
      </div>
      <details className={classes.why}>
        <summary>
          Why <span className={classes.hidden}>{kindWords(kind)}</span>
        </summary>
        <dl className={classes.reasons}>
          {page && <Reason who="This page" says={page} />}
          {server && <Reason who="Server" says={server} />}
        </dl>
      </details>
    </li>
  );
}

function Reason({ who, says }: { readonly who: string; readonly says: string }) {
  return (
    <div>
      <dt>{who}</dt>
      <dd>{says}</dd>
    </div>
  );
}
