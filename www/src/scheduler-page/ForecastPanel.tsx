import { Button, TextInput } from "@mantine/core";
import { IconCalendarSearch } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { TriggerKind } from "client-event-scheduler/slim";
import { type SubmitEvent, useEffect, useRef, useState } from "react";
import { useEventIndex, usePageScheduler } from "../scheduler/hooks";
import { SCHEDULER_KEY } from "../scheduler/serverRecord";
import { happeningTone, happeningWords, kindWords, stateWords } from "../scheduler/vocabulary";
import { viewerTimeZone } from "../time/format";
import { Instant } from "../time/Instant";
import { fromLocalInput, toLocalInput } from "../time/localInput";
import { EventLink } from "../ui/EventLink";
import { KindIcon } from "../ui/KindIcon";
import { PageState } from "../ui/PageState";
import { Tag } from "../ui/Tag";
import { type Foreseen, foresee } from "./foresee";
import classes from "./SchedulerPage.module.css";

const WEEK_MS = 7 * 24 * 3_600_000;
const MINUTE_MS = 60_000;
const SHOWN = 200;
/** Changes that come one after the other are reckoned with together. */
const TOGETHER_MS = 250;
const FORECAST_KEY = [...SCHEDULER_KEY, "forecast"] as const;

interface Range {
  readonly from: number;
  readonly until: number;
}

/** What would fire between two instants — and, where that lies in the past, what became of it. */
export function ForecastPanel() {
  const scheduler = usePageScheduler();
  const [range, setRange] = useState<Range>(() => {
    const from = Math.floor(scheduler.now() / MINUTE_MS) * MINUTE_MS;
    return { from, until: from + WEEK_MS };
  });
  return (
    <div className={classes.stack}>
      <RangeForm initial={range} onAsk={setRange} />
      <Answer range={range} />
    </div>
  );
}

function RangeForm({ initial, onAsk }: { readonly initial: Range; readonly onAsk: (range: Range) => void }) {
  const [from, setFrom] = useState(() => toLocalInput(initial.from, viewerTimeZone));
  const [until, setUntil] = useState(() => toLocalInput(initial.until, viewerTimeZone));
  const [start, end] = [fromLocalInput(from), fromLocalInput(until)];
  const backwards = start !== undefined && end !== undefined && end <= start;
  const ask = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (start !== undefined && end !== undefined && !backwards) onAsk({ from: start, until: end });
  };
  return (
    <form className={classes.filters} onSubmit={ask}>
      <TextInput
        type="datetime-local"
        label="After"
        required
        withAsterisk={false}
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        label="Up to"
        required
        withAsterisk={false}
        value={until}
        error={backwards ? "Choose a time after the beginning." : undefined}
        onChange={(event) => setUntil(event.currentTarget.value)}
      />
      <Button type="submit" className={classes.submit}>
        Show
      </Button>
    </form>
  );
}

/** Has what is foreseen worked out again when the events have changed. */
function useFreshForecast(): void {
  const { rows } = useEventIndex();
  const queries = useQueryClient();
  const known = useRef(rows);
  useEffect(() => {
    if (known.current === rows) return;
    known.current = rows;
    const change = setTimeout(() => void queries.invalidateQueries({ queryKey: FORECAST_KEY }), TOGETHER_MS);
    return () => clearTimeout(change);
  }, [rows, queries]);
}

function Answer({ range }: { readonly range: Range }) {
  const scheduler = usePageScheduler();
  useFreshForecast();
  const forecast = useQuery({
    queryKey: [...FORECAST_KEY, range],
    queryFn: ({ signal }) => foresee(scheduler, range, signal),
    networkMode: "always",
    retry: 1,
    gcTime: 0,
  });
  if (forecast.isError) return <PageState title="It could not be worked out" detail={forecast.error.message} />;
  if (!forecast.data) return <PageState busy title="Working it out" />;
  const { triggers, complete } = forecast.data;
  if (triggers.length === 0) {
    return (
      <PageState
        icon={<IconCalendarSearch size={22} stroke={1.6} />}
        title="Nothing fires in that time"
        detail="No event has a trigger there, as the events stand now."
      />
    );
  }
  return (
    <>
      <p className={classes.soft} role="status">
        {complete ? triggers.length.toLocaleString() : `More than ${triggers.length.toLocaleString()}`}{" "}
        {triggers.length === 1 ? "trigger" : "triggers"}, as the events stand now
        {triggers.length > SHOWN && `; the first ${SHOWN} are shown`}.
      </p>
      <ol className={classes.list} aria-label="What would fire">
        {triggers.slice(0, SHOWN).map((trigger) => (
          <ForeseenRow key={`${trigger.triggerId} ${trigger.state}`} trigger={trigger} />
        ))}
      </ol>
    </>
  );
}

function ForeseenRow({ trigger }: { readonly trigger: Foreseen }) {
  const { change, state } = trigger;
  return (
    <li className={classes.item} data-trigger-id={trigger.triggerId}>
      <KindIcon kind={trigger.kind as TriggerKind} />
      <div className={classes.words}>
        <EventLink eventId={trigger.eventId} className={classes.name} />
        <span className={classes.second}>
          {kindWords(trigger.kind as TriggerKind)} · <Instant at={trigger.dueAt} />
        </span>
      </div>
      <span className={classes.side}>
        {change ? (
          <span className={classes.soft}>
            {stateWords(change.before)} → {stateWords(change.after)}
          </span>
        ) : (
          <Tag tone={state === "fired" ? "green" : happeningTone(state)}>
            {state === "passed" ? "was past when it became known" : happeningWords(state)}
          </Tag>
        )}
      </span>
    </li>
  );
}
