import { Button, Kbd } from "@mantine/core";
import { IconBan, IconCheck } from "@tabler/icons-react";
import { Link } from "react-router";
import { eventName, eventTimeZone, eventVenue } from "../scheduler/eventFields";
import type { EventRow } from "../scheduler/eventIndex";
import { type Outlook, type OutlookTrigger, useOutlooks } from "../scheduler/outlook";
import { kindWords } from "../scheduler/vocabulary";
import { Countdown } from "../time/Countdown";
import { toInstant } from "../time/eventTime";
import { formatDateRange } from "../time/format";
import { Instant } from "../time/Instant";
import { eventPath } from "../ui/eventPath";
import { KindIcon } from "../ui/KindIcon";
import { Panel } from "../ui/Panel";
import { Tag } from "../ui/Tag";
import classes from "./Approvals.module.css";

interface Props {
  readonly row: EventRow;
  readonly busy: boolean;
  readonly disabled: boolean;
  readonly onApprove: () => void;
  readonly onDecline: () => void;
}

/** One event that waits, what approving it would bring about, and the decision. */
export function Candidate({ row, busy, disabled, onApprove, onDecline }: Props) {
  const { event } = row;
  const outlook = useOutlooks([row])?.[0];
  const timeZone = eventTimeZone(event);
  const start = toInstant(event.start_datetime, timeZone);
  const end = toInstant(event.end_datetime, timeZone);
  return (
    <Panel
      className={classes.candidate}
      title={eventName(event)}
      aside={<Link to={eventPath(event.event_id)}>Open the event</Link>}
    >
      <dl className={classes.facts}>
        <div>
          <dt>Venue</dt>
          <dd>{eventVenue(event) || "–"}</dd>
        </div>
        <div>
          <dt>Dates</dt>
          <dd>{start === undefined ? "none" : formatDateRange(start, end ?? start, timeZone)}</dd>
        </div>
        <div>
          <dt>Zone</dt>
          <dd>{timeZone?.replaceAll("_", " ") ?? "–"}</dd>
        </div>
        <div>
          <dt>Revision</dt>
          <dd>{event.revision ?? "–"}</dd>
        </div>
      </dl>
      <section className={classes.outlook} aria-label="What approving would do">
        <h3>What approving it queues</h3>
        {outlook && <Effect outlook={outlook} timeZone={timeZone} />}
      </section>
      <div className={classes.decision}>
        <Button
          leftSection={<IconCheck size={16} stroke={2} aria-hidden />}
          rightSection={<Kbd size="xs">A</Kbd>}
          aria-keyshortcuts="a"
          loading={busy}
          disabled={disabled}
          onClick={onApprove}
        >
          Approve
        </Button>
        <Button
          variant="default"
          leftSection={<IconBan size={16} stroke={1.8} aria-hidden />}
          rightSection={<Kbd size="xs">D</Kbd>}
          aria-keyshortcuts="d"
          disabled={disabled || busy}
          onClick={onDecline}
        >
          Decline
        </Button>
        <span className={classes.hint}>
          <Kbd size="xs">J</Kbd> <Kbd size="xs">K</Kbd> next and previous
        </span>
      </div>
    </Panel>
  );
}

interface EffectProps {
  readonly outlook: Outlook;
  readonly timeZone: string | undefined;
}

function Effect({ outlook: { triggers, problem }, timeZone }: EffectProps) {
  if (problem) return <p>Nothing: {problem}</p>;
  if (triggers.length === 0) return <p>Nothing: it has no start or no end yet.</p>;
  return (
    <ol className={classes.triggers}>
      {triggers.map((trigger) => (
        <li key={trigger.kind} data-when={trigger.when}>
          <KindIcon kind={trigger.kind} />
          <span>
            {kindWords(trigger.kind)}
            <Instant className={classes.soft} at={trigger.dueAt} timeZone={timeZone} />
          </span>
          <When trigger={trigger} />
        </li>
      ))}
    </ol>
  );
}

function When({ trigger: { when, dueAt } }: { readonly trigger: OutlookTrigger }) {
  switch (when) {
    case "coming":
      return <Countdown target={dueAt} />;
    case "at_once":
      return <Tag tone="blue">fires at once</Tag>;
    case "past":
      return <Tag tone="amber">past, will not fire</Tag>;
  }
}
