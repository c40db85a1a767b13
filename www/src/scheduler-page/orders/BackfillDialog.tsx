import { Checkbox, Modal, SimpleGrid, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { TriggerKind } from "client-event-scheduler/slim";
import { useState } from "react";
import type { ServerScheduler, ServerTrigger } from "../../api/scheduler";
import { usePageScheduler } from "../../scheduler/hooks";
import { SCHEDULER_KEY } from "../../scheduler/serverRecord";
import { happeningWords, kindWords } from "../../scheduler/vocabulary";
import { fieldMessage } from "../../session/passwords";
import { formatInstant, viewerTimeZone, wallClock } from "../../time/format";
import { fromLocalInput } from "../../time/localInput";
import { EventLink } from "../../ui/EventLink";
import { KindIcon } from "../../ui/KindIcon";
import { readStretch, type Stretch } from "../readStretch";
import classes from "../SchedulerPage.module.css";
import { wouldDeliver } from "../wouldDeliver";
import { OrderForm } from "./OrderForm";
import { useBackfill } from "./orderMutations";

const DAY_MS = 24 * 3_600_000;
const NAMED = 8;

interface Props {
  readonly opened: boolean;
  /** The last time in which nothing ran, which is what one mostly wants to backfill. */
  readonly downtime: ServerScheduler["last_downtime"];
  readonly onClose: () => void;
}

/** Asks for a stretch of the past and shows what of it will be delivered, before it is. */
export function BackfillDialog({ opened, downtime, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Backfill" size="lg">
      <BackfillForm downtime={downtime} onClose={onClose} />
    </Modal>
  );
}

function BackfillForm({ downtime, onClose }: Pick<Props, "downtime" | "onClose">) {
  const now = usePageScheduler().now();
  const [from, setFrom] = useState(() => toSecond(downtime ? Date.parse(downtime.since) : now - DAY_MS));
  const [until, setUntil] = useState(() => toSecond(now));
  const [again, setAgain] = useState(false);
  const order = useBackfill();
  const range = { from: fromLocalInput(from), until: fromLocalInput(until) };
  const preview = useStretch(range);
  const delivered = preview.data?.triggers.filter((trigger) => wouldDeliver(trigger, again)) ?? [];
  const submit = () => {
    if (range.from === undefined || range.until === undefined) return;
    order.mutate({ from: iso(range.from), until: iso(range.until), again }, { onSuccess: onClose });
  };
  return (
    <OrderForm
      label={delivered.length === 0 ? "Deliver" : `Deliver ${delivered.length.toLocaleString()}`}
      busy={order.isPending}
      error={order.error}
      disabled={!preview.data || (preview.data.complete && delivered.length === 0)}
      onSubmit={submit}
      onCancel={onClose}
    >
      <Text size="sm">
        Delivers what was due in a stretch of the past and was left out: expired during a downtime, overtaken, or
        skipped. Times are yours ({viewerTimeZone.replaceAll("_", " ")}).
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput
          type="datetime-local"
          step={1}
          label="After"
          data-autofocus
          value={from}
          error={fieldMessage(order.error, "from")}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          step={1}
          label="Up to"
          value={until}
          error={rangeProblem(range, now) ?? fieldMessage(order.error, "until")}
          onChange={(event) => setUntil(event.currentTarget.value)}
        />
      </SimpleGrid>
      <Checkbox
        label="Also what was delivered before"
        description="Its effects happen once more. Handlers know it by the same trigger id."
        checked={again}
        onChange={(event) => setAgain(event.currentTarget.checked)}
      />
      <Preview preview={preview} delivered={delivered} />
    </OrderForm>
  );
}

/** To the second: what was due a moment ago is before now. */
const toSecond = (at: number) => wallClock(at, viewerTimeZone) ?? "";

const iso = (at: number) => new Date(at).toISOString();

interface Range {
  readonly from: number | undefined;
  readonly until: number | undefined;
}

function rangeProblem({ from, until }: Range, now: number): string | undefined {
  if (from === undefined || until === undefined) return undefined;
  if (until > now) return "Choose a time that is past.";
  return from >= until ? "Choose a time after the beginning." : undefined;
}

function useStretch({ from, until }: Range) {
  const stretch = { settled: true, from: iso(from ?? 0), until: iso(until ?? 0) };
  return useQuery({
    queryKey: [...SCHEDULER_KEY, "stretch", stretch],
    queryFn: ({ signal }) => readStretch(stretch, signal),
    enabled: from !== undefined && until !== undefined && from < until,
    networkMode: "always",
    retry: false,
  });
}

interface PreviewProps {
  readonly preview: { readonly data: Stretch | undefined; readonly error: Error | null; readonly isFetching: boolean };
  readonly delivered: readonly ServerTrigger[];
}

function Preview({ preview: { data, error, isFetching }, delivered }: PreviewProps) {
  return (
    <section className={classes.preview} aria-label="What will be delivered" aria-busy={isFetching} aria-live="polite">
      {error ? (
        <p>What would be delivered cannot be told: {error.message}</p>
      ) : !data ? (
        <p>{isFetching ? "Looking what was left out …" : "Choose a stretch of the past."}</p>
      ) : delivered.length === 0 ? (
        <p>
          {data.complete
            ? "Nothing: whatever was due then has been delivered."
            : `Nothing of the first ${data.triggers.length.toLocaleString()} triggers; what came later is delivered.`}
        </p>
      ) : (
        <>
          <p>
            <strong>
              {data.complete ? "" : "At least "}
              {delivered.length.toLocaleString()} {delivered.length === 1 ? "trigger" : "triggers"}
            </strong>{" "}
            will be delivered, in this order:
          </p>
          <ol>
            {delivered.slice(0, NAMED).map((trigger) => (
              <li key={trigger.trigger_id}>
                <KindIcon kind={trigger.kind as TriggerKind} />
                <span>
                  <EventLink eventId={trigger.event_id} className={classes.name} />
                  <span className={classes.second}>
                    {kindWords(trigger.kind as TriggerKind)} · {formatInstant(Date.parse(trigger.due_at))} ·{" "}
                    {trigger.state === "passed" ? "was past when it became known" : happeningWords(trigger.state)}
                  </span>
                </span>
              </li>
            ))}
          </ol>
          {delivered.length > NAMED && <p>and {(delivered.length - NAMED).toLocaleString()} more.</p>}
        </>
      )}
    </section>
  );
}
