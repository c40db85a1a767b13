import { Button, Group, Modal, NativeSelect, PasswordInput, Stack, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import type { User } from "../api/admin";
import { ROLES, type Role } from "../api/session";
import { ROLE_WORDS } from "../session/AccountMenu";
import { fieldMessage, passwordProblem } from "../session/passwords";
import { Refusal } from "../session/SignInForm";
import { useChangeUser, useCreateUser } from "./userMutations";

interface NewUserProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Asks for a new user. */
export function NewUserDialog({ opened, onClose }: NewUserProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="New user" size="sm">
      <NewUserForm onClose={onClose} />
    </Modal>
  );
}

function NewUserForm({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("executive_admin");
  const [password, setPassword] = useState("");
  const create = useCreateUser();
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!passwordProblem(password)) create.mutate({ name, role, password }, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {create.error && <Refusal title="Not created" error={create.error} />}
        <TextInput
          label="Name"
          description="The name to sign in with."
          autoComplete="off"
          required
          data-autofocus
          value={name}
          error={fieldMessage(create.error, "name")}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          label="Role"
          value={role}
          data={ROLES.map((value) => ({ value, label: ROLE_WORDS[value] }))}
          onChange={(event) => setRole(event.currentTarget.value as Role)}
        />
        <NewPassword value={password} onChange={setPassword} />
        <Buttons busy={create.isPending} label="Create user" onCancel={onClose} />
      </Stack>
    </form>
  );
}

interface PasswordProps {
  /** Whose password; the dialog is closed while there is nobody. */
  readonly user: User | null;
  readonly onClose: () => void;
}

/** Asks for a new password for somebody who has lost his. */
export function PasswordDialog({ user, onClose }: PasswordProps) {
  return (
    <Modal opened={user !== null} onClose={onClose} title={`New password for ${user?.name ?? ""}`} size="sm">
      {user && <PasswordForm user={user} onClose={onClose} />}
    </Modal>
  );
}

function PasswordForm({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const [password, setPassword] = useState("");
  const change = useChangeUser();
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!passwordProblem(password)) change.mutate({ user, change: { password } }, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <NewPassword value={password} onChange={setPassword} />
        <Buttons busy={change.isPending} label="Set password" onCancel={onClose} />
      </Stack>
    </form>
  );
}

interface NewPasswordProps {
  readonly label?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A password that somebody chooses. */
export function NewPassword({ label = "Password", value, onChange }: NewPasswordProps) {
  return (
    <PasswordInput
      label={label}
      description="At least 12 characters."
      autoComplete="new-password"
      required
      value={value}
      error={value === "" ? undefined : passwordProblem(value)}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

interface ButtonsProps {
  readonly busy: boolean;
  readonly label: string;
  readonly onCancel: () => void;
}

/** The end of a dialog. */
export function Buttons({ busy, label, onCancel }: ButtonsProps) {
  return (
    <Group justify="flex-end" mt="xs" gap="xs">
      <Button variant="default" onClick={onCancel}>
        Cancel
      </Button>
      <Button type="submit" loading={busy}>
        {label}
      </Button>
    </Group>
  );
}
