import { SegmentedControl, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconSearch } from "@tabler/icons-react";
import { WINDOW_KINDS, type WindowKind, windowWords } from "../scheduler/windows";
import classes from "./Timeline.module.css";
import type { TimelineQuery } from "./useTimelineQuery";

interface Props {
  readonly query: TimelineQuery;
  readonly onChange: (change: Partial<TimelineQuery>) => void;
  /** How many pairs of events are in each other's way. */
  readonly conflicts: number | undefined;
}

/** Which events are drawn, which of their windows, and whether as a drawing or as a list. */
export function TimelineToolbar({ query, onChange, conflicts }: Props) {
  const toggle = (kind: WindowKind) => {
    const kinds = new Set(query.kinds);
    if (!kinds.delete(kind)) kinds.add(kind);
    onChange({ kinds });
  };
  return (
    <div className={classes.toolbar}>
      <h1 className={classes.title}>Timeline</h1>
      <TextInput
        className={classes.search}
        aria-label="Search events"
        placeholder="Search by name, venue or id"
        type="search"
        value={query.search}
        onChange={(event) => onChange({ search: event.currentTarget.value })}
        leftSection={<IconSearch size={16} stroke={1.8} aria-hidden />}
      />
      <SegmentedControl
        aria-label="View"
        value={query.asList ? "list" : "chart"}
        onChange={(view) => onChange({ asList: view === "list" })}
        data={[
          { value: "chart", label: "Chart" },
          { value: "list", label: "List" },
        ]}
      />
      <fieldset className={classes.kinds}>
        <legend className={classes.hidden}>Windows</legend>
        {WINDOW_KINDS.map((kind) => (
          <label key={kind} className={classes.kind} data-kind={kind}>
            <input
              type="checkbox"
              checked={query.kinds.has(kind)}
              disabled={query.kinds.size === 1 && query.kinds.has(kind)}
              onChange={() => toggle(kind)}
            />
            <span className={classes.swatch} aria-hidden />
            {windowWords(kind)}
          </label>
        ))}
        <label className={classes.kind} data-kind="conflict">
          <input
            type="checkbox"
            checked={query.onlyConflicts}
            onChange={() => onChange({ onlyConflicts: !query.onlyConflicts })}
          />
          <IconAlertTriangle size={14} stroke={1.9} aria-hidden />
          {conflictCount(conflicts)}
        </label>
      </fieldset>
    </div>
  );
}

const conflictCount = (conflicts: number | undefined): string =>
  conflicts === undefined
    ? "Venue conflicts"
    : `${conflicts.toLocaleString()} ${conflicts === 1 ? "venue conflict" : "venue conflicts"}`;
