import { Button, NativeSelect, TextInput } from "@mantine/core";
import { IconPlus, IconSearch, IconX } from "@tabler/icons-react";
import { Link, useLocation } from "react-router";
import { statusWords } from "../scheduler/vocabulary";
import { useMay } from "../session/hooks";
import classes from "./EventToolbar.module.css";
import { type ListQuery, type Sort, STATUS_FILTERS, type StatusFilter } from "./listQuery";

interface Props {
  readonly query: ListQuery;
  readonly onChange: (change: Partial<ListQuery>) => void;
  readonly counts: ReadonlyMap<StatusFilter, number>;
}

/** Search, filter, sort and the way to a new event. */
export function EventToolbar({ query, onChange, counts }: Props) {
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
      <NativeSelect
        className={classes.sort}
        aria-label="Sort events"
        value={query.sort}
        onChange={(event) => onChange({ sort: event.currentTarget.value as Sort })}
        data={[
          { value: "next", label: "Next trigger" },
          { value: "start", label: "Latest start" },
          { value: "name", label: "Name" },
        ]}
      />
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
      <StatusChips selected={query.status} counts={counts} onSelect={(status) => onChange({ status })} />
    </div>
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
