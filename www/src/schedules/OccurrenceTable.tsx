import { Button } from "@mantine/core";
import { AdminTable } from "../admin/AdminPage";
import adminClasses from "../admin/AdminPage.module.css";
import type { Upcoming } from "../api/schedules";
import { useMay } from "../session/hooks";
import { Instant } from "../time/Instant";
import { PageState } from "../ui/PageState";
import { PanelNote } from "../ui/Panel";
import { type ScheduleList, useOccurrences, useRetrySchedule } from "./queries";
import classes from "./Schedules.module.css";
import { stateTone } from "./states";

const EMPTY: Readonly<Record<ScheduleList, string>> = {
  upcoming: "Nothing is scheduled within the next 30 days.",
  given_up: "Nothing was given up.",
};

interface Props {
  readonly list: ScheduleList;
  /** Called with an event's id. */
  readonly onShow: (eventId: string) => void;
}

/** Occurrences in the order of time. */
export function OccurrenceTable({ list, onShow }: Props) {
  const { data, error, isError, fetchNextPage, hasNextPage, isFetchingNextPage } = useOccurrences(list);
  if (isError) return <PageState compact title="The schedules could not be loaded" detail={error.message} />;
  if (!data) return <PageState compact busy title="Loading the schedules" />;
  const occurrences = data.pages.flatMap((page) => page.occurrences);
  if (occurrences.length === 0) return <PanelNote>{EMPTY[list]}</PanelNote>;
  return (
    <>
      <AdminTable
        flush
        label={list === "upcoming" ? "To come" : "Given up"}
        columns={["Due", "What", "Entity", "Service", "State", "Actions"]}
      >
        {occurrences.map((occurrence) => (
          <Row key={occurrence.occurrence_id} list={list} occurrence={occurrence} onShow={onShow} />
        ))}
      </AdminTable>
      {hasNextPage && (
        <div className={classes.more}>
          <Button variant="default" size="xs" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}

interface RowProps extends Props {
  readonly occurrence: Upcoming;
}

function Row({ list, occurrence, onShow }: RowProps) {
  const may = useMay();
  const retry = useRetrySchedule();
  const { type, entity_id: entity, reminder, recurring, state, attempt } = occurrence;
  return (
    <tr data-testid="occurrence">
      <td data-label="Due" className={adminClasses.nowrap}>
        <Instant at={Date.parse(occurrence.due_at)} />
      </td>
      <td data-label="What">
        <span>
          {type}
          {recurring && <span className={classes.soft}> · repeats</span>}
          {reminder && <span className={classes.soft}> · {reminder}</span>}
        </span>
      </td>
      <td data-label="Entity">{entity}</td>
      <td data-label="Service">{occurrence.service_id}</td>
      <td data-label="State">
        <span>
          <span className={`${adminClasses.state} ${stateTone(state)}`}>{state}</span>
          {attempt > 0 && <span className={classes.soft}> attempt {attempt}</span>}
        </span>
      </td>
      <td data-label="Actions">
        <span className={classes.actions}>
          <Button
            variant="default"
            size="xs"
            aria-label={`Details of ${type} for ${entity}`}
            onClick={() => onShow(occurrence.event_id)}
          >
            Details
          </Button>
          {list === "given_up" && may("schedules:write") && (
            <Button
              variant="default"
              size="xs"
              loading={retry.isPending}
              aria-label={`Try ${type} for ${entity} again`}
              onClick={() => retry.mutate(occurrence.occurrence_id)}
            >
              Try again
            </Button>
          )}
        </span>
      </td>
    </tr>
  );
}
