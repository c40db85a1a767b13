import { JsonInput, NumberInput, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ChangeEvent, type SubmitEvent, useState } from "react";
import { Buttons } from "../admin/UserDialogs";
import { type Account, changeAccount, createAccount } from "../api/sync";
import { notifyDone } from "../notify/notices";
import { fieldMessage } from "../session/passwords";
import { Refusal } from "../session/SignInForm";
import { ZoneSelect } from "../time/ZoneSelect";
import { type AccountFields, bodyOf, changesOf, fieldsOf, type Kind, readMapping } from "./accountFields";
import { useAccountRefresh } from "./queries";

const KINDS: { readonly value: Kind; readonly label: string }[] = [
  { value: "icalendar", label: "Calendar at an address (iCalendar)" },
  { value: "runsignup", label: "RunSignUp" },
  { value: "json", label: "Endpoint with JSON" },
];

interface Props {
  /** The account that is changed; a new one is added where that is `null`. */
  readonly account: Account | null;
  readonly onCancel: () => void;
  /** Called with the account's id when it is saved. */
  readonly onSaved: (id: string) => void;
}

/** Asks for everything that is to be known of an account. */
export function AccountForm({ account, onCancel, onSaved }: Props) {
  const [fields, setFields] = useState(() => fieldsOf(account));
  const change = (changed: Partial<AccountFields>) => setFields((before) => ({ ...before, ...changed }));
  const refresh = useAccountRefresh();
  const save = useMutation({
    mutationFn: (fields: AccountFields) =>
      account
        ? changeAccount({ id: account.account_id, changes: changesOf(account, fields) })
        : createAccount(bodyOf(fields)),
    onSuccess: async ({ account_id, name }) => {
      notifyDone(`${name} is read now.`);
      await refresh();
      onSaved(account_id);
    },
  });
  const mapping = readMapping(fields);
  const keeps = account?.has_credentials === true && fields.kind === fieldsOf(account).kind;
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (mapping.problem === undefined) save.mutate(fields);
  };
  const problem = (field: string) => fieldMessage(save.error, field);
  const text = (field: "id" | "name" | "url" | "key" | "secret") => ({
    value: fields[field],
    autoComplete: "off",
    onChange: (event: ChangeEvent<HTMLInputElement>) => change({ [field]: event.currentTarget.value }),
  });
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {save.error && <Refusal title={account ? "Not saved" : "Not added"} error={save.error} />}
        <TextInput label="Name" required data-autofocus error={problem("name")} {...text("name")} />
        {!account && (
          <TextInput
            label="Id"
            description="The ids of its events begin with it: a-z, 0-9, - and _."
            required
            error={problem("account_id")}
            {...text("id")}
          />
        )}
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
        {fields.kind === "icalendar" && (
          <NumberInput
            label="Days ahead"
            description="For which its recurring events are listed, each time as an event of its own."
            min={1}
            max={1_830}
            value={fields.horizonDays}
            error={problem("provider.horizon_days")}
            onChange={(days) => change({ horizonDays: Number(days) || 1 })}
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
          <TextInput
            label="API key"
            description={keeps ? "Empty to keep the one that is sealed." : undefined}
            required={!keeps}
            error={problem("credentials")}
            {...text("key")}
          />
        )}
        <PasswordInput
          label={fields.kind === "runsignup" ? "API secret" : "Bearer token"}
          description={
            keeps
              ? "Empty to keep the one that is sealed."
              : fields.kind === "runsignup"
                ? undefined
                : "Empty where none is needed. It is kept sealed."
          }
          required={fields.kind === "runsignup" && !keeps}
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
        <Buttons busy={save.isPending} label={account ? "Save" : "Add"} onCancel={onCancel} />
      </Stack>
    </form>
  );
}
