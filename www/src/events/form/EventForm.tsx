import { zodResolver } from "@hookform/resolvers/zod";
import { Alert, Button, Switch, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { type SubmitEvent, useEffect, useState } from "react";
import { Controller, FormProvider, useForm } from "react-hook-form";
import { DATE_FIELDS, type EventDocument } from "../../scheduler/eventFields";
import { ZoneSelect } from "../../time/ZoneSelect";
import { DateTimeField } from "./DateTimeField";
import classes from "./EventForm.module.css";
import { FormPreviewProvider } from "./FormPreview";
import { type EventFormField, type EventFormValues, eventFormSchema, FIELD_LABELS } from "./formModel";
import { type FormProblems, toFormProblems } from "./problems";
import { TriggerPreview } from "./TriggerPreview";

interface Props {
  readonly initial: EventFormValues;
  readonly submitLabel: string;
  /** Whether the user may approve; who may not cannot waive the approval either. */
  readonly approves: boolean;
  /** Whether the user may only look. */
  readonly locked?: boolean;
  readonly onSubmit: (values: EventFormValues) => Promise<void>;
  readonly onCancel: () => void;
  readonly onDirtyChange: (dirty: boolean) => void;
  /** Takes up the event as it stands now, after somebody else changed it. */
  readonly onReload?: () => void;
  /** The definition that the scheduler would get; the preview asks it what would fire. */
  readonly toPreview: (values: EventFormValues) => EventDocument;
}

/** The fields of an event. What the core or the server finds wrong is said at the field that it concerns. */
export function EventForm(props: Props) {
  const {
    initial,
    submitLabel,
    approves,
    locked = false,
    onSubmit,
    onCancel,
    onDirtyChange,
    onReload,
    toPreview,
  } = props;
  const form = useForm<EventFormValues>({ resolver: zodResolver(eventFormSchema), defaultValues: initial });
  const { control, register, formState, setError, setFocus, reset } = form;
  const { errors, isDirty, isSubmitting } = formState;
  const [failure, setFailure] = useState<FormProblems | null>(null);

  useEffect(() => onDirtyChange(isDirty), [isDirty, onDirtyChange]);
  useEffect(() => {
    reset(initial);
    setFailure(null);
  }, [initial, reset]);

  const save = async (values: EventFormValues) => {
    setFailure(null);
    try {
      await onSubmit(values);
    } catch (error) {
      const problems = toFormProblems(error);
      setFailure(problems);
      for (const [field, message] of problems.fields) setError(field, { type: "refused", message });
      const [first] = problems.fields.keys();
      if (first) setFocus(first);
    }
  };

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    const unfinished = unfinishedDate(event.currentTarget);
    if (!unfinished) return void form.handleSubmit(save)(event);
    event.preventDefault();
    setError(unfinished, { type: "unfinished", message: "Complete the date and the time, or clear the field." });
    setFocus(unfinished);
  };

  return (
    <FormProvider {...form}>
      <FormPreviewProvider toPreview={toPreview}>
        <form className={classes.form} onSubmit={submit} noValidate>
          <div className={classes.fields}>
            {locked && (
              <Alert color="gray" title="For reading only">
                You may change your own events while they wait for approval.
              </Alert>
            )}
            {failure && failure.general.length > 0 && <Failure failure={failure} onReload={onReload} />}
            <fieldset className={classes.group}>
              <legend>Event</legend>
              <TextInput
                label={FIELD_LABELS.event_name}
                withAsterisk
                data-autofocus
                autoComplete="off"
                error={errors.event_name?.message}
                {...register("event_name")}
              />
              <TextInput
                label={FIELD_LABELS.venue}
                autoComplete="off"
                error={errors.venue?.message}
                {...register("venue")}
              />
              <Controller
                control={control}
                name="timezone"
                render={({ field }) => (
                  <ZoneSelect
                    {...field}
                    label={FIELD_LABELS.timezone}
                    description="All times below are local to it."
                    error={errors.timezone?.message}
                  />
                )}
              />
              <div className={classes.pair}>
                <DateTimeField name="start_datetime" />
                <DateTimeField name="end_datetime" />
              </div>
            </fieldset>
            <fieldset className={classes.group}>
              <legend>Registration</legend>
              <div className={classes.pair}>
                <DateTimeField name="registration_start_date" />
                <DateTimeField name="registration_end_date" />
              </div>
            </fieldset>
            <fieldset className={classes.group}>
              <legend>Certificates</legend>
              <div className={classes.pair}>
                <DateTimeField name="certificate_start_date" />
                <DateTimeField name="certificate_end_date" />
              </div>
            </fieldset>
            <fieldset className={classes.group}>
              <legend>Approval</legend>
              <Switch
                label={FIELD_LABELS.approval_required}
                description={
                  approves
                    ? "Nothing fires until somebody has approved the event."
                    : "What you create waits until an organizer has approved it."
                }
                error={errors.approval_required?.message}
                {...(approves ? register("approval_required") : { checked: true, readOnly: true, disabled: true })}
              />
            </fieldset>
            <TriggerPreview />
          </div>
          <footer className={classes.footer}>
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
            {!locked && (
              <Button type="submit" loading={isSubmitting}>
                {submitLabel}
              </Button>
            )}
          </footer>
        </form>
      </FormPreviewProvider>
    </FormProvider>
  );
}

interface FailureProps {
  readonly failure: FormProblems;
  readonly onReload: (() => void) | undefined;
}

function Failure({ failure, onReload }: FailureProps) {
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} aria-hidden />} title="Not saved" role="alert">
      {failure.general.map((sentence) => (
        <div key={sentence}>{sentence}</div>
      ))}
      {failure.stale && onReload && (
        <Button variant="default" size="xs" mt="xs" onClick={onReload}>
          Load the current version
        </Button>
      )}
    </Alert>
  );
}

/** A date field that is filled in only partly: the browser gives it no value at all and would save it as empty. */
function unfinishedDate(form: HTMLFormElement): EventFormField | undefined {
  return DATE_FIELDS.find((field) => {
    const input = form.elements.namedItem(field);
    return input instanceof HTMLInputElement && input.validity.badInput;
  });
}
