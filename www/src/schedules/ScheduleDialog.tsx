import { Button, JsonInput, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { Buttons } from "../admin/UserDialogs";
import { type NewSchedule, schedule } from "../api/schedules";
import { notifyDone } from "../notify/notices";
import { fieldMessage } from "../session/passwords";
import { Refusal } from "../session/SignInForm";
import { viewerTimeZone } from "../time/format";
import { ZoneSelect } from "../time/ZoneSelect";
import { useScheduleRefresh } from "./queries";
import { RulePreview } from "./RulePreview";
import classes from "./Schedules.module.css";

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** Called with the new event's id. */
  readonly onScheduled: (eventId: string) => void;
}

/** Schedules something for a service, and shows while it is typed when that will be. */
export function ScheduleDialog({ opened, onClose, onScheduled }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="New schedule" size="lg">
      <ScheduleForm
        onCancel={onClose}
        onScheduled={(eventId) => {
          onClose();
          onScheduled(eventId);
        }}
      />
    </Modal>
  );
}

const EXAMPLES = [
  { label: "Every day", rule: "FREQ=DAILY" },
  { label: "Working days", rule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR" },
  { label: "Last day of the month", rule: "FREQ=MONTHLY;BYMONTHDAY=-1" },
  { label: "Once", rule: "" },
] as const;

interface Fields {
  readonly service: string;
  readonly type: string;
  readonly entity: string;
  readonly start: string;
  readonly timeZone: string;
  readonly rule: string;
  readonly payload: string;
}

const EMPTY: Fields = {
  service: "",
  type: "",
  entity: "",
  start: "",
  timeZone: viewerTimeZone,
  rule: "",
  payload: "",
};

interface FormProps {
  readonly onCancel: () => void;
  readonly onScheduled: (eventId: string) => void;
}

function ScheduleForm({ onCancel, onScheduled }: FormProps) {
  const [fields, setFields] = useState(EMPTY);
  const change = (changed: Partial<Fields>) => setFields((before) => ({ ...before, ...changed }));
  const refresh = useScheduleRefresh();
  const create = useMutation({
    mutationFn: schedule,
    onSuccess: async ({ event_id, created }) => {
      notifyDone(created ? "It is scheduled." : "It was scheduled already.");
      await refresh();
      onScheduled(event_id);
    },
  });
  const payload = readPayload(fields.payload);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (payload.problem === undefined) create.mutate(bodyOf(fields, payload.value));
  };
  const text = (field: "service" | "type" | "entity" | "rule") => ({
    value: fields[field],
    autoComplete: "off",
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => change({ [field]: event.currentTarget.value }),
  });
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {create.error && <Refusal title="Not scheduled" error={create.error} />}
        <TextInput
          label="Service"
          description="Whose workers it is handed to."
          required
          data-autofocus
          error={fieldMessage(create.error, "service_id")}
          {...text("service")}
        />
        <TextInput
          label="What"
          description="What is to happen, such as report.send."
          required
          error={fieldMessage(create.error, "type")}
          {...text("type")}
        />
        <TextInput
          label="Entity"
          description="To what, such as order-4711."
          required
          error={fieldMessage(create.error, "entity_id")}
          {...text("entity")}
        />
        <ZoneSelect
          name="time-zone"
          label="Time zone"
          description="By its clocks the time and the rule are read."
          value={fields.timeZone}
          onChange={(timeZone) => change({ timeZone })}
          error={fieldMessage(create.error, "timezone_context.execution_timezone")}
        />
        <TextInput
          type="datetime-local"
          step={1}
          label="When"
          required
          value={fields.start}
          error={fieldMessage(create.error, "scheduled_time")}
          onChange={(event) => change({ start: event.currentTarget.value })}
        />
        <div>
          <TextInput
            label="Repeats"
            description="A rule of iCalendar; empty for once."
            placeholder="FREQ=WEEKLY;BYDAY=MO"
            error={fieldMessage(create.error, "recurrence")}
            {...text("rule")}
          />
          <div className={classes.examples}>
            {EXAMPLES.map(({ label, rule }) => (
              <Button key={label} variant="default" size="compact-xs" onClick={() => change({ rule })}>
                {label}
              </Button>
            ))}
          </div>
        </div>
        <RulePreview rule={fields.rule} start={fields.start} timeZone={fields.timeZone} />
        <JsonInput
          label="Payload"
          description="Any JSON; it is handed over with each occurrence."
          autosize
          minRows={2}
          maxRows={8}
          value={fields.payload}
          error={payload.problem ?? fieldMessage(create.error, "payload")}
          onChange={(value) => change({ payload: value })}
        />
        <Buttons busy={create.isPending} label="Schedule" onCancel={onCancel} />
      </Stack>
    </form>
  );
}

function readPayload(text: string): { readonly value?: unknown; readonly problem?: string } {
  if (text.trim() === "") return {};
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { problem: "This is no JSON yet." };
  }
}

function bodyOf({ service, type, entity, start, timeZone, rule }: Fields, payload: unknown): NewSchedule {
  return {
    service_id: service,
    type,
    entity_id: entity,
    scheduled_time: start,
    timezone_context: { execution_timezone: timeZone },
    ...(rule.trim() === "" ? {} : { recurrence: rule.trim() }),
    ...(payload === undefined ? {} : { payload }),
  };
}
