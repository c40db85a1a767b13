import { TextInput } from "@mantine/core";
import { IconAlertTriangle, IconX } from "@tabler/icons-react";
import { useFormContext, useWatch } from "react-hook-form";
import type { FieldProblem } from "../../api/problem";
import type { DateField } from "../../scheduler/eventFields";
import { toInstant } from "../../time/eventTime";
import { formatInstant, viewerTimeZone } from "../../time/format";
import classes from "./EventForm.module.css";
import { useNotice } from "./FormPreview";
import { type EventFormValues, FIELD_LABELS } from "./formModel";
import { problemWords } from "./problems";

interface Props {
  readonly name: DateField;
}

/** A local date and time, to the second, in the zone chosen above; below it the same for the viewer and in UTC, and doubts. */
export function DateTimeField({ name }: Props) {
  const label = FIELD_LABELS[name];
  const { register, control, setValue, getFieldState, formState } = useFormContext<EventFormValues>();
  const [value, timeZone] = useWatch({ control, name: [name, "timezone"] });
  const error = getFieldState(name, formState).error?.message;
  const notice = useNotice(name);
  const at = toInstant(value, timeZone);
  const clear = () => setValue(name, "", { shouldDirty: true, shouldValidate: true });
  return (
    <TextInput
      type="datetime-local"
      step={1}
      label={label}
      error={error}
      description={
        <>
          {at !== undefined && <Readings at={at} timeZone={timeZone} />}
          {notice && !error && <Notice notice={notice} at={at} timeZone={timeZone} />}
        </>
      }
      descriptionProps={{ component: "div", className: classes.below }}
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

function Readings({ at, timeZone }: { readonly at: number; readonly timeZone: string }) {
  return (
    <span className={classes.readings}>
      {timeZone !== viewerTimeZone && <span>{formatInstant(at)} your time</span>}
      {timeZone !== "UTC" && <span>{formatInstant(at, "UTC")} UTC</span>}
    </span>
  );
}

interface NoticeProps {
  readonly notice: FieldProblem;
  readonly at: number | undefined;
  readonly timeZone: string;
}

/** Said while the form is filled in, before anything is refused. */
function Notice({ notice, at, timeZone }: NoticeProps) {
  return (
    <span className={classes.notice} role="status">
      <IconAlertTriangle size={14} stroke={1.9} aria-hidden />
      <span>{noticeWords(notice, at, timeZone)}</span>
    </span>
  );
}

function noticeWords(notice: FieldProblem, at: number | undefined, timeZone: string): string {
  const taken = at === undefined ? "another time" : formatInstant(at, timeZone);
  if (notice.code === "DATE_NONEXISTENT") return `The clocks skip this time: it is taken for ${taken}.`;
  if (notice.code === "DATE_AMBIGUOUS") return "The clocks show this time twice: the first is taken.";
  return problemWords(notice);
}
