import { Select } from "@mantine/core";
import { useState } from "react";
import { eventName } from "../scheduler/eventFields";
import { useEventIndex } from "../scheduler/hooks";

const SHOWN = 30;

interface Props {
  readonly label: string;
  readonly placeholder?: string;
  /** The id of the chosen event; empty for none. */
  readonly value: string;
  readonly onChange: (eventId: string) => void;
}

/** One event of all, found by typing a part of its name or id. */
export function EventPicker({ label, placeholder = "any event", value, onChange }: Props) {
  const { rows, byId } = useEventIndex();
  const [typed, setTyped] = useState("");
  const chosen = byId.get(value)?.event;
  const words = typed.trim().toLocaleLowerCase();
  const data = [];
  if (value) data.push({ value, label: chosen ? eventName(chosen) : value });
  for (const { event } of rows) {
    if (data.length >= SHOWN) break;
    const text = `${eventName(event)} ${event.event_id}`.toLocaleLowerCase();
    if (event.event_id !== value && text.includes(words)) data.push({ value: event.event_id, label: eventName(event) });
  }
  return (
    <Select
      label={label}
      placeholder={placeholder}
      searchable
      clearable
      data={data}
      // What matches was picked above, from far more events than a list could hold.
      filter={({ options }) => options}
      nothingFoundMessage="No such event"
      value={value || null}
      onSearchChange={(text) => setTyped(chosen && text === eventName(chosen) ? "" : text)}
      onChange={(eventId) => onChange(eventId ?? "")}
      clearButtonProps={{ "aria-label": `Clear “${label}”` }}
    />
  );
}
