import { Button, Drawer, Group, Stack } from "@mantine/core";
import { useState } from "react";
import adminClasses from "../admin/AdminPage.module.css";
import { Confirm, type Question } from "../admin/Confirm";
import type { ScheduledEvent } from "../api/schedules";
import { useMay } from "../session/hooks";
import { Instant } from "../time/Instant";
import { PageState } from "../ui/PageState";
import { PanelNote } from "../ui/Panel";
import { useCancelSchedule, useSchedule } from "./queries";
import classes from "./Schedules.module.css";
import { stateTone } from "./states";

interface Props {
  /** The event that is shown; nothing where that is `null`. */
  readonly id: string | null;
  readonly onClose: () => void;
}

/** What is known of one event: its next occurrences, its attempts, and what was done to it. */
export function ScheduleDetails({ id, onClose }: Props) {
  return (
    <Drawer opened={id !== null} onClose={onClose} position="right" size="lg" title="Schedule">
      {id !== null && <Details id={id} onClose={onClose} />}
    </Drawer>
  );
}

function Details({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { data, error, isError } = useSchedule(id);
  if (isError) return <PageState compact title="It could not be loaded" detail={error.message} />;
  if (!data) return <PageState compact busy title="Loading the schedule" />;
  return (
    <Stack gap="lg">
      <Facts event={data} />
      <Section title="Occurrences" empty="None is kept ready.">
        {data.occurrences.map((each) => (
          <li key={each.occurrence_id}>
            <Instant at={Date.parse(each.due_at)} />
            <span>
              <span className={`${adminClasses.state} ${stateTone(each.state)}`}>{each.state}</span>
              {each.reason && <span className={classes.soft}> {each.reason}</span>}
            </span>
          </li>
        ))}
      </Section>
      <Section title="Attempts" empty="Nothing was handed over yet.">
        {data.attempts.map((each) => (
          <li key={`${each.occurrence_id} ${each.attempt}`}>
            <span>
              <Instant at={Date.parse(each.begun_at)} /> · {each.delivery}
            </span>
            <span className={classes.soft}>
              {each.outcome ?? "under way"}
              {each.detail && `: ${each.detail}`}
            </span>
          </li>
        ))}
      </Section>
      <Section title="What was done" empty="Nothing yet.">
        {data.history.map((each) => (
          <li key={`${each.at} ${each.action} ${each.occurrence_id ?? ""}`}>
            <span>
              <Instant at={Date.parse(each.at)} /> · {each.action.replaceAll("_", " ")}
            </span>
            <span className={classes.soft}>
              {each.actor}
              {each.reason && `: ${each.reason}`}
            </span>
          </li>
        ))}
      </Section>
      <TakeBack event={data} onDone={onClose} />
    </Stack>
  );
}

interface SectionProps {
  readonly title: string;
  readonly empty: string;
  readonly children: readonly React.ReactNode[];
}

function Section({ title, empty, children }: SectionProps) {
  return (
    <section>
      <h3>{title}</h3>
      {children.length === 0 ? <PanelNote>{empty}</PanelNote> : <ul className={classes.list}>{children}</ul>}
    </section>
  );
}

function Facts({ event }: { readonly event: ScheduledEvent }) {
  const zone = event.timezone_context.execution_timezone ?? undefined;
  return (
    <dl className={classes.facts}>
      <dt>What</dt>
      <dd>
        {event.type} for {event.entity_id}
      </dd>
      <dt>Service</dt>
      <dd>{event.service_id}</dd>
      <dt>First</dt>
      <dd>
        <Instant at={Date.parse(event.scheduled_at)} timeZone={zone} />
        {zone && <span className={classes.soft}> · {zone.replaceAll("_", " ")}</span>}
      </dd>
      {event.recurrence_text && (
        <>
          <dt>Repeats</dt>
          <dd>{event.recurrence_text}</dd>
        </>
      )}
      <dt>State</dt>
      <dd>{event.state}</dd>
      <dt>Attempts</dt>
      <dd>
        up to {event.max_retries + 1}, {event.timeout_seconds} s each
      </dd>
      <dt>Payload</dt>
      <dd>
        <pre>
          <code>{JSON.stringify(event.payload)}</code>
        </pre>
      </dd>
      <dt>Id</dt>
      <dd>
        <code>{event.event_id}</code>
      </dd>
    </dl>
  );
}

function TakeBack({ event, onDone }: { readonly event: ScheduledEvent; readonly onDone: () => void }) {
  const may = useMay();
  const cancel = useCancelSchedule();
  const [question, setQuestion] = useState<Question | null>(null);
  if (!may("schedules:write") || event.state !== "active") return null;
  const ask = () =>
    setQuestion({
      title: "Take this schedule back?",
      text: `${event.type} for ${event.entity_id} is not handed over any more. What is being worked on is not stopped.`,
      confirm: "Take back",
      onConfirm: () => cancel.mutate(event.event_id, { onSuccess: onDone }),
    });
  return (
    <Group justify="flex-end">
      <Button variant="default" color="red" onClick={ask}>
        Take back
      </Button>
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </Group>
  );
}
