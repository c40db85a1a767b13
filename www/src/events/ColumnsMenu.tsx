import { ActionIcon, Button, Checkbox, Popover, Stack, Tooltip } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { LIST_COLUMNS, MAIN_COLUMN, shownColumns } from "./columns";
import classes from "./EventToolbar.module.css";

interface Props {
  readonly columns: readonly string[] | null;
  readonly onChange: (columns: readonly string[] | null) => void;
}

/** Which columns stand in the table. */
export function ColumnsMenu({ columns, onChange }: Props) {
  const shown = shownColumns(columns, true);
  const choices = LIST_COLUMNS.filter(({ id }) => id !== MAIN_COLUMN);
  return (
    <Popover position="bottom-end" width={220} trapFocus returnFocus>
      <Popover.Target>
        <Tooltip label="Columns">
          <ActionIcon variant="default" size={36} className={classes.columnsTool} aria-label="Columns">
            <IconColumns3 size={17} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown className={classes.popover} aria-label="Columns">
        <Checkbox.Group
          label="Columns"
          value={shown.filter((id) => id !== MAIN_COLUMN)}
          onChange={(chosen) => onChange(chosen)}
        >
          <Stack gap={8} mt={8}>
            {choices.map(({ id, label }) => (
              <Checkbox key={id} size="sm" value={id} label={label} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          mt="sm"
          disabled={columns === null}
          onClick={() => onChange(null)}
        >
          As usual
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
