import { JsonInput, Modal, NumberInput, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ChangeEvent, type SubmitEvent, useState } from "react";
import { Buttons } from "../admin/UserDialogs";
import { createAccount, type NewAccount } from "../api/sync";
import { notifyDone } from "../notify/notices";
import { fieldMessage } from "../session/passwords";
import { Refusal } from "../session/SignInForm";
import { viewerTimeZone } from "../time/format";
import { ZoneSelect } from "../time/ZoneSelect";
import { useAccountRefresh } from "./queries";

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** Called with the new account's id. */
  readonly onCreated: (id: string) => void;
}

/** Adds an account at a provider, whose events are listed at once. */
export function AccountDialog({ opened, onClose, onCreated }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="New account" size="lg">
      <AccountForm
        onCancel={onClose}
        onCreated={(id) => {
          onClose();
          onCreated(id);
        }}
      />
    </Modal>
  );
}

type Kind = "runsignup" | "icalendar" | "json";

const KINDS: { readonly value: Kind; readonly label: string }[] = [
  { value: "icalendar", label: "Calendar at an address (iCalendar)" },
  { value: "runsignup", label: "RunSignUp" },
  { value: "json", label: "Endpoint with JSON" },
];

const EXAMPLE = {
  url: "https://example.org/events",
  items: "/data",
  key: "/id",
  fields: { event_name: "/name", start_datetime: "/start", end_datetime: "/end" },
};

interface Fields {
  readonly id: string;
  readonly name: string;
  readonly kind: Kind;
  readonly url: string;
  readonly mapping: string;
  readonly key: string;
  readonly secret: string;
  readonly timeZone: string;
  readonly calls: number;
}

const EMPTY: Fields = {
  id: "",
  name: "",
  kind: "icalendar",
  url: "",
  mapping: JSON.stringify(EXAMPLE, null, 2),
  key: "",
  secret: "",
  timeZone: viewerTimeZone,
  calls: 1_000,
};

interface FormProps {
  readonly onCancel: () => void;
  readonly onCreated: (id: string) => void;
}

function AccountForm({ onCancel, onCreated }: FormProps) {
  const [fields, setFields] = useState(EMPTY);
  const change = (changed: Partial<Fields>) => setFields((before) => ({ ...before, ...changed }));
  const refresh = useAccountRefresh();
  const create = useMutation({
    mutationFn: createAccount,
    onSuccess: async ({ account_id, name }) => {
      notifyDone(`${name} is read now.`);
      await refresh();
      onCreated(account_id);
    },
  });
  const mapping = readMapping(fields);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (mapping.problem === undefined) create.mutate(bodyOf(fields, mapping.value));
  };
  const problem = (field: string) => fieldMessage(create.error, field);
  const text = (field: "id" | "name" | "url" | "key" | "secret") => ({
    value: fields[field],
    autoComplete: "off",
    onChange: (event: ChangeEvent<HTMLInputElement>) => change({ [field]: event.currentTarget.value }),
  });
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {create.error && <Refusal title="Not added" error={create.error} />}
        <TextInput label="Name" required data-autofocus error={problem("name")} {...text("name")} />
        <TextInput
          label="Id"
          description="The ids of its events begin with it: a-z, 0-9, - and _."
          required
          error={problem("account_id")}
          {...text("id")}
        />
        <Select
          label="Provider"
          data={KINDS}
          value={fields.kind}
          allowDeselect={false}
          error={problem("provider")}
          onChange={(kind) => change({ kind: (kind as Kind | null) ?? "icalendar" })}
        />
        {fields.kind === "icalendar" && (
          <TextInput
            label="Address"
            description="Of the calendar, such as https://example.org/calendar.ics."
            required
            error={problem("provider.url")}
            {...text("url")}
          />
        )}
        {fields.kind === "json" && (
          <JsonInput
            label="Address and fields"
            description="Where the list is, and where in it each field is, as JSON pointers."
            autosize
            minRows={6}
            maxRows={14}
            value={fields.mapping}
            error={mapping.problem ?? problem("provider.url")}
            onChange={(value) => change({ mapping: value })}
          />
        )}
        {fields.kind === "runsignup" && (
          <TextInput label="API key" required error={problem("credentials")} {...text("key")} />
        )}
        <PasswordInput
          label={fields.kind === "runsignup" ? "API secret" : "Bearer token"}
          description={fields.kind === "runsignup" ? undefined : "Empty where none is needed. It is kept sealed."}
          required={fields.kind === "runsignup"}
          error={fields.kind === "runsignup" ? undefined : problem("credentials")}
          {...text("secret")}
        />
        <ZoneSelect
          name="time-zone"
          label="Time zone"
          description="In which all its events are listed, at 06:00 and 18:00."
          value={fields.timeZone}
          onChange={(timeZone) => change({ timeZone })}
          error={problem("time_zone")}
        />
        <NumberInput
          label="Calls an hour"
          description="As many as the provider allows, in any hour."
          min={1}
          max={1_000_000}
          value={fields.calls}
          error={problem("calls_per_hour")}
          onChange={(calls) => change({ calls: Number(calls) || 1 })}
        />
        <Buttons busy={create.isPending} label="Add" onCancel={onCancel} />
      </Stack>
    </form>
  );
}

function readMapping({ kind, mapping }: Fields): { readonly value?: object; readonly problem?: string } {
  if (kind !== "json") return {};
  try {
    return { value: JSON.parse(mapping) as object };
  } catch {
    return { problem: "This is no JSON yet." };
  }
}

function bodyOf(
  { id, name, kind, url, key, secret, timeZone, calls }: Fields,
  mapping: object | undefined,
): NewAccount {
  const provider =
    kind === "json" ? { kind, ...mapping } : kind === "icalendar" ? { kind, url, time_zone: timeZone } : { kind };
  const token = secret === "" ? { kind: "none" } : { kind: "bearer", token: secret };
  return {
    account_id: id,
    name,
    provider,
    credentials: kind === "runsignup" ? { kind: "api_key", key, secret } : token,
    time_zone: timeZone,
    calls_per_hour: calls,
  };
}
