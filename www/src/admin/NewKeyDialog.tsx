import { Alert, Button, Checkbox, Code, CopyButton, Group, Modal, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { createKey, SCOPES } from "../api/admin";
import { fieldMessage } from "../session/passwords";
import { Refusal } from "../session/SignInForm";
import { Buttons } from "./UserDialogs";

const LIFETIMES = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "a year" },
];

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Asks for a new key, and shows it: this once. */
export function NewKeyDialog({ opened, onClose }: Props) {
  const [key, setKey] = useState<string | null>(null);
  const close = () => {
    setKey(null);
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={key ? "The new key" : "New API key"}
      // A stray click must not take the key away before it was copied.
      closeOnClickOutside={key === null}
      closeOnEscape={key === null}
    >
      {key ? <ShownOnce value={key} onClose={close} /> : <NewKeyForm onCreated={setKey} onCancel={close} />}
    </Modal>
  );
}

interface FormProps {
  readonly onCreated: (key: string) => void;
  readonly onCancel: () => void;
}

function NewKeyForm({ onCreated, onCancel }: FormProps) {
  const [service, setService] = useState("");
  const [scopes, setScopes] = useState<string[]>(["feed:read"]);
  const [days, setDays] = useState("90");
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: createKey,
    onSuccess: (key) => {
      onCreated(key);
      return queries.invalidateQueries({ queryKey: ["api-keys"] });
    },
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    create.mutate({ service, scopes, expires_in_days: Number(days) });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {create.error && <Refusal title="Not created" error={create.error} />}
        <TextInput
          label="Service"
          description="Small letters, digits, dots and dashes, such as mailer."
          autoComplete="off"
          required
          data-autofocus
          value={service}
          error={fieldMessage(create.error, "service")}
          onChange={(event) => setService(event.currentTarget.value)}
        />
        <Checkbox.Group
          label="What it may do"
          value={scopes}
          onChange={setScopes}
          error={fieldMessage(create.error, "scopes")}
        >
          <Group mt={6} gap="sm">
            {SCOPES.map((scope) => (
              <Checkbox key={scope} value={scope} label={scope} />
            ))}
          </Group>
        </Checkbox.Group>
        <NativeSelect
          label="Expires after"
          value={days}
          data={LIFETIMES}
          onChange={(event) => setDays(event.currentTarget.value)}
        />
        <Buttons busy={create.isPending} label="Create key" onCancel={onCancel} />
      </Stack>
    </form>
  );
}

function ShownOnce({ value, onClose }: { readonly value: string; readonly onClose: () => void }) {
  return (
    <Stack gap="sm">
      <Alert color="yellow" title="Copy it now">
        It is shown this once. The server keeps only a hash of it.
      </Alert>
      <Code block data-testid="new-key" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {value}
      </Code>
      <Group justify="flex-end" gap="xs">
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  );
}
