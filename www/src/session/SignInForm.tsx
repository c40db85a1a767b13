import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { type Session, signIn } from "../api/session";

interface Props {
  readonly initialName?: string;
  readonly onSignedIn: (session: Session) => void;
}

/** Name and password. */
export function SignInForm({ initialName = "", onSignedIn }: Props) {
  const [name, setName] = useState(initialName);
  const [password, setPassword] = useState("");
  const attempt = useMutation({ mutationFn: signIn, onSuccess: onSignedIn, onError: () => setPassword("") });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    attempt.mutate({ name, password });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {attempt.error && <Refusal title="Not signed in" error={attempt.error} />}
        <TextInput
          label="Name"
          autoComplete="username"
          required
          data-autofocus={initialName === "" || undefined}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          data-autofocus={initialName !== "" || undefined}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" loading={attempt.isPending} mt={4}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}

/** Why the server said no, where a screen reader hears it. */
export function Refusal({ title, error }: { readonly title: string; readonly error: Error }) {
  return (
    <Alert color="red" icon={<IconAlertTriangle size={18} aria-hidden />} title={title} role="alert">
      {error.message}
    </Alert>
  );
}
