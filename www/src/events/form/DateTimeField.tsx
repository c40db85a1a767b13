import { TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useFormContext, useWatch } from "react-hook-form";
import type { DateField } from "../../scheduler/eventFields";
import { toInstant } from "../../time/eventTime";
import { formatInstant, viewerTimeZone } from "../../time/format";
import classes from "./EventForm.module.css";
import { type EventFormValues, FIELD_LABELS } from "./formModel";

interface Props {
  readonly name: DateField;
}

/** A local date and time, to the second, in the zone chosen above; beside it what that is for the viewer. */
export function DateTimeField({ name }: Props) {
  const label = FIELD_LABELS[name];
  const { register, control, setValue, getFieldState, formState } = useFormContext<EventFormValues>();
  const [value, timeZone] = useWatch({ control, name: [name, "timezone"] });
  const at = timeZone === viewerTimeZone ? undefined : toInstant(value, timeZone);
  const clear = () => setValue(name, "", { shouldDirty: true, shouldValidate: true });
  return (
    <TextInput
      type="datetime-local"
      step={1}
      label={label}
      error={getFieldState(name, formState).error?.message}
      description={at === undefined ? undefined : `${formatInstant(at)} your time`}
      inputWrapperOrder={["label", "input", "description", "error"]}
      rightSection={
        value ? (
          <button type="button" className={classes.clear} aria-label={`Clear “${label}”`} onClick={clear}>
            <IconX size={14} aria-hidden />
          </button>
        ) : null
      }
      {...register(name)}
    />
  );
}
