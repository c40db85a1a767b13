import { Button, NativeSelect } from "@mantine/core";
import { IconHistoryOff } from "@tabler/icons-react";
import type { TriggerKind } from "client-event-scheduler/slim";
import { AdminTable } from "../admin/AdminPage";
import type { HistoryEntry } from "../api/scheduler";
import { happeningTone, happeningWords, kindWords, stateWords } from "../scheduler/vocabulary";
import { formatDuration } from "../time/duration";
import { Instant } from "../time/Instant";
import { EventLink } from "../ui/EventLink";
import { PageState } from "../ui/PageState";
import { Tag } from "../ui/Tag";
import { CAUSES } from "./causes";
import { useHistory } from "./queries";
import classes from "./SchedulerPage.module.css";
import { TriggerFilters, useFilterParams } from "./TriggerFilters";

/** What the server's scheduler did and left out, the latest first. */
export function HistoryPanel() {
  const [params, change] = useFilterParams();
  return (
    <div className={classes.stack}>
      <TriggerFilters>
        <NativeSelect
          label="How"
          value={params.get("cause") ?? ""}
          data={[{ value: "", label: "Any" }, ...CAUSES.map((value) => ({ value, label: happeningWords(value) }))]}
          onChange={(event) => change({ cause: event.currentTarget.value })}
        />
      </TriggerFilters>
      <Entries
        filter={{
          event_id: params.get("event") ?? "",
          kind: params.get("kind") ?? "",
          cause: params.get("cause") ?? "",
        }}
      />
    </div>
  );
}

function Entries({ filter }: { readonly filter: Parameters<typeof useHistory>[0] }) {
  const history = useHistory(filter);
  if (history.isError) {
    return (
      <PageState
        title="The history could not be loaded"
        detail={history.error.message}
        action={{ label: "Try again", onClick: () => void history.refetch() }}
      />
    );
  }
  if (!history.data) return <PageState busy title="Loading the history" />;
  const entries = history.data.pages.flatMap((page) => page.history);
  if (entries.length === 0) {
    return (
      <PageState
        icon={<IconHistoryOff size={22} stroke={1.6} />}
        title="Nothing of that kind has happened"
        detail="What fires, what is left out and what changes an event's state is listed here."
      />
    );
  }
  return (
    <>
      <AdminTable label="History" columns={["When", "Event", "What", "How", "State"]}>
        {entries.map((entry) => (
          <EntryRow key={entry.id} entry={entry} />
        ))}
      </AdminTable>
      {history.hasNextPage && (
        <div>
          <Button variant="default" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
            Show older ones
          </Button>
        </div>
      )}
    </>
  );
}

const SHOWN_LATENESS_MS = 1_000;

function EntryRow({ entry }: { readonly entry: HistoryEntry }) {
  const late = entry.trigger_id != null && entry.lateness_ms >= SHOWN_LATENESS_MS;
  return (
    <tr>
      <td data-label="When">
        <span>
          <Instant at={Date.parse(entry.executed_at)} />
          {late && <span className={classes.under}>{formatDuration(entry.lateness_ms)} after its time</span>}
        </span>
      </td>
      <td data-label="Event">
        <EventLink eventId={entry.event_id} className={classes.quiet} />
      </td>
      <td data-label="What">{entry.trigger_id == null ? "Status changes" : kindWords(entry.kind as TriggerKind)}</td>
      <td data-label="How">
        <span>
          <Tag tone={happeningTone(entry.cause)}>{happeningWords(entry.cause)}</Tag>
          {entry.superseded && <span className={classes.under}>overtaken by a later one</span>}
        </span>
      </td>
      <td data-label="State">{changeWords(entry)}</td>
    </tr>
  );
}

type Status = NonNullable<HistoryEntry["before"]>;
const words = (status: Status | null | undefined) =>
  status ? stateWords(status as Parameters<typeof stateWords>[0]) : undefined;

function changeWords({ before, after }: HistoryEntry): string {
  const [from, to] = [words(before), words(after)];
  if (!to) return from ?? "–";
  return from && from !== to ? `${from} → ${to}` : to;
}
