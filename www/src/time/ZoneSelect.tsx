import { type ComboboxItem, type OptionsFilter, Select } from "@mantine/core";
import { useMemo } from "react";
import type { RefCallBack } from "react-hook-form";
import { viewerTimeZone } from "./format";
import { offsetLabel } from "./offsetLabel";
import classes from "./ZoneSelect.module.css";

const SHOWN = 60;

interface Props {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly value: string;
  readonly onChange: (zone: string) => void;
  readonly onBlur?: () => void;
  readonly ref?: RefCallBack;
  readonly error: string | undefined;
}

/** Finds a zone by any part of its name; the viewer's own zone and UTC stand first. */
export function ZoneSelect({ name, label, description, value, onChange, error, ...field }: Props) {
  const zones = useMemo(() => zoneOptions(value), [value]);
  return (
    <Select
      {...field}
      name={name}
      label={label}
      description={description}
      withAsterisk
      searchable
      allowDeselect={false}
      limit={SHOWN}
      filter={byAnyPart}
      nothingFoundMessage="No zone has this name"
      data={zones}
      value={value || null}
      onChange={(zone) => onChange(zone ?? "")}
      error={error}
      maxDropdownHeight={280}
      renderOption={({ option }) => (
        <span className={classes.option}>
          {option.label}
          <span className={classes.offset}>{offsetLabel(option.value)}</span>
        </span>
      )}
    />
  );
}

function zoneOptions(current: string): ComboboxItem[] {
  const known = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
  const names = new Set([viewerTimeZone, "UTC", ...(current ? [current] : []), ...known]);
  return [...names].map((name) => ({ value: name, label: name.replaceAll("_", " ") }));
}

const plain = (text: string) => text.toLowerCase().replaceAll("_", " ");

const byAnyPart: OptionsFilter = ({ options, search, limit }) => {
  const wanted = plain(search).trim();
  const found = options.filter((option) => "value" in option && plain(option.value).includes(wanted));
  return found.slice(0, limit);
};
