import { Button, NativeSelect, TextInput } from "@mantine/core";
import { IconPlus, IconSearch, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link, useLocation } from "react-router";
import type { EventRow } from "../scheduler/eventIndex";
import { statusWords } from "../scheduler/vocabulary";
import { useMay } from "../session/hooks";
import { ActiveFilters } from "./ActiveFilters";
import { ColumnsMenu } from "./ColumnsMenu";
import classes from "./EventToolbar.module.css";
import { ExportMenu } from "./ExportMenu";
import { FilterMenu } from "./FilterMenu";
import {
  isDescendingFirst,
  type ListQuery,
  SORT_KEYS,
  type SortKey,
  STATUS_FILTERS,
  type StatusFilter,
} from "./listQuery";
import { ViewsMenu } from "./ViewsMenu";

interface Props {
  readonly query: ListQuery;
  readonly onChange: (change: Partial<ListQuery>) => void;
  readonly counts: ReadonlyMap<StatusFilter, number>;
  /** The events that are shown, and those that are selected. */
  readonly shown: readonly EventRow[];
  readonly selected: readonly EventRow[];
  /** Stands in the place of the status chips while events are selected. */
  readonly bulk: ReactNode;
}

/** Search, filters, views, and the ways to a new event and out of here. */
export function EventToolbar({ query, onChange, counts, shown, selected, bulk }: Props) {
  const location = useLocation();
  const may = useMay();
  return (
    <div className={classes.toolbar}>
      <h1 className={classes.title}>Events</h1>
      <TextInput
        className={classes.search}
        aria-label="Search events"
        placeholder="Search by name, venue or id"
        type="search"
        value={query.search}
        onChange={(event) => onChange({ search: event.currentTarget.value })}
        leftSection={<IconSearch size={16} stroke={1.8} aria-hidden />}
        rightSection={
          query.search && (
            <button
              type="button"
              className={classes.clear}
              aria-label="Clear search"
              onClick={() => onChange({ search: "" })}
            >
              <IconX size={15} aria-hidden />
            </button>
          )
        }
      />
      <div className={classes.tools}>
        <ViewsMenu />
        <FilterMenu query={query} onChange={onChange} />
        <ColumnsMenu columns={query.columns} onChange={(columns) => onChange({ columns })} />
        <ExportMenu query={query} shown={shown} selected={selected} />
      </div>
      <SortSelect query={query} onChange={onChange} />
      {may("events:write") && (
        <Button
          className={classes.create}
          component={Link}
          to={{ pathname: "/events/new", search: location.search }}
          leftSection={<IconPlus size={16} stroke={2.2} aria-hidden />}
        >
          New event
        </Button>
      )}
      {bulk || <StatusChips selected={query.status} counts={counts} onSelect={(status) => onChange({ status })} />}
      <ActiveFilters query={query} onChange={onChange} />
    </div>
  );
}

const SORT_WORDS: Record<SortKey, string> = {
  next: "Next trigger",
  start: "Latest start",
  name: "Name",
  status: "Status",
  approval: "Approval",
  zone: "Zone",
  updated: "Last changed",
  revision: "Revision",
};

/** Where rows are cards, there are no headers to sort by. */
function SortSelect({ query, onChange }: Pick<Props, "query" | "onChange">) {
  return (
    <NativeSelect
      className={classes.sort}
      aria-label="Sort events"
      value={query.sort.by}
      onChange={(event) => {
        const by = event.currentTarget.value as SortKey;
        onChange({ sort: { by, descending: isDescendingFirst(by) } });
      }}
      data={SORT_KEYS.map((value) => ({ value, label: SORT_WORDS[value] }))}
    />
  );
}

interface ChipsProps {
  readonly selected: StatusFilter;
  readonly counts: ReadonlyMap<StatusFilter, number>;
  readonly onSelect: (status: StatusFilter) => void;
}

/** One choice per status that occurs. */
function StatusChips({ selected, counts, onSelect }: ChipsProps) {
  const shown = STATUS_FILTERS.filter((status) => status === "all" || status === selected || counts.has(status));
  return (
    <fieldset className={classes.chips}>
      <legend className={classes.legend}>Status</legend>
      {shown.map((status) => (
        <label key={status} className={classes.chip}>
          <input type="radio" name="status" checked={selected === status} onChange={() => onSelect(status)} />
          {status === "all" ? "All" : statusWords(status)}
          <span className={classes.count}>{(counts.get(status) ?? 0).toLocaleString()}</span>
        </label>
      ))}
    </fieldset>
  );
}
