import { Button } from "@mantine/core";
import { IconChevronDown, IconCloudOff, IconListDetails } from "@tabler/icons-react";
import { useUpcomingTriggers } from "client-event-scheduler/react";
import type { QueuedTrigger } from "client-event-scheduler/slim";
import { useId, useState } from "react";
import { useSearchParams } from "react-router";
import { eventTimeZone } from "../scheduler/eventFields";
import { useEventIndex, useSchedulerStatus } from "../scheduler/hooks";
import { kindWords } from "../scheduler/vocabulary";
import { Countdown } from "../time/Countdown";
import { Instant } from "../time/Instant";
import { EventLink } from "../ui/EventLink";
import { KindIcon } from "../ui/KindIcon";
import { PageState } from "../ui/PageState";
import { Tag } from "../ui/Tag";
import { Explanations } from "./Explanations";
import { type MergedTrigger, mergeQueues } from "./mergeQueues";
import { type QueueFilter, useServerQueue } from "./queries";
import classes from "./SchedulerPage.module.css";
import { TriggerFilters } from "./TriggerFilters";

/** Both queues as one list: what only one side has is marked, and each trigger can be asked why it waits. */
export function QueuePanel() {
  const [params] = useSearchParams();
  const filter = { event_id: params.get("event") ?? "", kind: params.get("kind") ?? "" };
  const server = useServerQueue(filter);
  const pages = server.isError ? [] : (server.data?.pages ?? []);
  const read = pages.reduce((sum, { triggers }) => sum + triggers.length, 0);
  const page = usePageQueue(filter, read + BEYOND);
  const complete = server.isError || (!server.hasNextPage && !server.isPending);
  const merged = mergeQueues({ page, server: pages.flatMap(({ triggers }) => triggers), complete });
  const apart = merged.filter(({ side }) => side !== "both").length;
  return (
    <div className={classes.stack}>
      <TriggerFilters />
      {server.isError && (
        <PageState
          compact
          icon={<IconCloudOff size={20} stroke={1.6} />}
          title="The server's queue cannot be read"
          detail={`${server.error.message} What follows is this page's queue alone.`}
        />
      )}
      {server.isPending ? (
        <PageState busy title="Loading the queue" />
      ) : merged.length === 0 ? (
        <PageState
          icon={<IconListDetails size={22} stroke={1.6} />}
          title="Nothing is queued"
          detail={
            filter.event_id || filter.kind ? "No trigger of that kind is to come." : "No event has a trigger to come."
          }
        />
      ) : (
        <>
          {!server.isError && (
            <p className={classes.soft} role="status">
              {comparedWords(merged.length, apart)}
            </p>
          )}
          <QueueTable triggers={merged} compared={!server.isError} />
          {!complete && (
            <div>
              <Button variant="default" loading={server.isFetchingNextPage} onClick={() => void server.fetchNextPage()}>
                Show later ones
              </Button>
            </div>
          )}
        </>
      )}
    </div>
  );
}

function comparedWords(shown: number, apart: number): string {
  const all = shown === 1 ? "The trigger shown is" : `The ${shown.toLocaleString()} shown are`;
  if (apart === 0) return `${all} the same here and on the server.`;
  return `${apart.toLocaleString()} of the ${shown.toLocaleString()} shown ${apart === 1 ? "is" : "are"} in one queue only.`;
}

/** How much further than the server's queue the page's is read, so that what only it has is seen. */
const BEYOND = 200;

/** The beginning of the page's own queue of what the filter lets through; a kind has to be looked for in all of it. */
function usePageQueue({ event_id, kind }: QueueFilter, atLeast: number): readonly QueuedTrigger[] {
  const { triggersQueued } = useSchedulerStatus();
  const limit = Math.max(kind === "" ? Math.min(triggersQueued, atLeast) : triggersQueued, 1);
  const queue = useUpcomingTriggers({ limit, eventId: event_id || undefined });
  return kind === "" ? queue : queue.filter((trigger) => trigger.kind === (kind as QueuedTrigger["kind"]));
}

interface TableProps {
  readonly triggers: readonly MergedTrigger[];
  readonly compared: boolean;
}

function QueueTable({ triggers, compared }: TableProps) {
  const [open, setOpen] = useState<string | null>(null);
  return (
    <ol className={classes.list} aria-label="Queue" data-testid="merged-queue">
      {triggers.map((trigger) => (
        <QueueRow
          key={trigger.triggerId}
          trigger={trigger}
          compared={compared}
          open={open === trigger.triggerId}
          onToggle={() => setOpen((before) => (before === trigger.triggerId ? null : trigger.triggerId))}
        />
      ))}
    </ol>
  );
}

const SIDE_WORDS = { page: "this page only", server: "server only" } as const;

interface RowProps {
  readonly trigger: MergedTrigger;
  readonly compared: boolean;
  readonly open: boolean;
  readonly onToggle: () => void;
}

function QueueRow({ trigger, compared, open, onToggle }: RowProps) {
  const event = useEventIndex().byId.get(trigger.eventId)?.event;
  const details = useId();
  return (
    <li className={classes.item} data-trigger-id={trigger.triggerId} data-side={trigger.side}>
      <KindIcon kind={trigger.kind} />
      <div className={classes.words}>
        <EventLink eventId={trigger.eventId} className={classes.name} />
        <span className={classes.second}>
          {kindWords(trigger.kind)} · <Instant at={trigger.dueAt} timeZone={event && eventTimeZone(event)} />
        </span>
      </div>
      <span className={classes.side}>
        {compared && trigger.side !== "both" && <Tag tone="amber">{SIDE_WORDS[trigger.side]}</Tag>}
      </span>
      <Countdown target={trigger.dueAt} />
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray"
        aria-expanded={open}
        aria-controls={open ? details : undefined}
        rightSection={
          <IconChevronDown size={14} className={classes.chevron} data-open={open || undefined} aria-hidden />
        }
        onClick={onToggle}
      >
        Why
      </Button>
      {open && (
        <div className={classes.details} id={details}>
          <Explanations id={trigger.triggerId} eventId={trigger.eventId} />
        </div>
      )}
    </li>
  );
}
