import { Button, Checkbox, MultiSelect, Popover, SimpleGrid, Stack, TextInput, VisuallyHidden } from "@mantine/core";
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { APPROVALS, eventTimeZone } from "../scheduler/eventFields";
import { useEventIndex } from "../scheduler/hooks";
import { approvalWords, SUB_STATUSES, subStatusWords } from "../scheduler/vocabulary";
import classes from "./EventToolbar.module.css";
import { countFilters, type ListFilter, NO_FILTER } from "./listQuery";

interface Props {
  readonly query: ListFilter;
  readonly onChange: (change: Partial<ListFilter>) => void;
}

/** What restricts the list beyond search and status. */
export function FilterMenu({ query, onChange }: Props) {
  const [opened, setOpened] = useState(false);
  const count = countFilters(query);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={340} trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          className={classes.tool}
          leftSection={<IconAdjustmentsHorizontal size={16} stroke={1.8} aria-hidden />}
          data-active={count > 0 || undefined}
          onClick={() => setOpened((before) => !before)}
        >
          <span className={classes.toolWords}>Filters</span>
          {count > 0 && (
            <span className={classes.number}>
              {count}
              <VisuallyHidden> in force</VisuallyHidden>
            </span>
          )}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes.popover} aria-label="Filters">
        <Filters query={query} onChange={onChange} onDone={() => setOpened(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Filters({ query, onChange, onDone }: Props & { readonly onDone: () => void }) {
  return (
    <Stack gap="md">
      <Checkbox.Group label="Sub-status" value={[...query.subStatus]} onChange={(subStatus) => onChange({ subStatus })}>
        <SimpleGrid cols={1} spacing={8} mt={6}>
          {SUB_STATUSES.map((value) => (
            <Checkbox key={value} size="sm" value={value} label={subStatusWords(value)} />
          ))}
        </SimpleGrid>
      </Checkbox.Group>
      <Checkbox.Group
        label="Approval"
        value={[...query.approval]}
        onChange={(approval) => onChange({ approval: approval as ListFilter["approval"] })}
      >
        <SimpleGrid cols={2} spacing={8} mt={6}>
          {APPROVALS.map((value) => (
            <Checkbox key={value} size="sm" value={value} label={approvalWords(value)} />
          ))}
        </SimpleGrid>
      </Checkbox.Group>
      <ZoneFilter zone={query.zone} onChange={(zone) => onChange({ zone })} />
      <SimpleGrid cols={2} spacing="sm">
        <TextInput
          type="date"
          label="Starts from"
          value={query.from}
          max={query.until || undefined}
          onChange={(event) => onChange({ from: event.currentTarget.value })}
        />
        <TextInput
          type="date"
          label="Starts until"
          value={query.until}
          min={query.from || undefined}
          onChange={(event) => onChange({ until: event.currentTarget.value })}
        />
      </SimpleGrid>
      <div className={classes.popoverFoot}>
        <Button variant="subtle" color="gray" disabled={countFilters(query) === 0} onClick={() => onChange(NO_FILTER)}>
          Clear
        </Button>
        <Button onClick={onDone}>Done</Button>
      </div>
    </Stack>
  );
}

interface ZoneProps {
  readonly zone: readonly string[];
  readonly onChange: (zone: string[]) => void;
}

/** The zones that occur, each to be chosen. */
function ZoneFilter({ zone, onChange }: ZoneProps) {
  const { rows } = useEventIndex();
  const zones = useMemo(() => {
    const found = new Set<string>();
    for (const { event } of rows) found.add(eventTimeZone(event) ?? "");
    found.delete("");
    return [...found].sort().map((value) => ({ value, label: value.replaceAll("_", " ") }));
  }, [rows]);
  return (
    <MultiSelect
      label="Zone"
      placeholder={zone.length === 0 ? "Any zone" : ""}
      data={zones}
      value={[...zone]}
      searchable
      clearable
      limit={60}
      nothingFoundMessage="No event is in such a zone"
      comboboxProps={{ withinPortal: false }}
      clearButtonProps={{ "aria-label": "Clear zones" }}
      onChange={onChange}
    />
  );
}
