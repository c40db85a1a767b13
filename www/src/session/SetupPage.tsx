import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { ApiError } from "../api/problem";
import { setUp } from "../api/session";
import { DoorPage } from "./DoorPage";
import { fieldMessage, passwordProblem } from "./passwords";
import { Refusal } from "./SignInForm";
import { sessionStore } from "./sessionStore";

/** The first start: makes the first user, who may do everything. */
export function SetupPage() {
  const [values, setValues] = useState({ token: "", name: "", password: "" });
  const attempt = useMutation({
    mutationFn: setUp,
    onSuccess: (session) => sessionStore.adopt(session),
    // Somebody else was quicker: the way in is to sign in.
    onError: (error) => void (error instanceof ApiError && error.code === "SETUP_DONE" && sessionStore.read()),
  });
  const change = (field: keyof typeof values) => (event: { readonly currentTarget: { readonly value: string } }) => {
    const { value } = event.currentTarget;
    setValues((before) => ({ ...before, [field]: value }));
  };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!passwordProblem(values.password)) attempt.mutate({ ...values, token: values.token.trim() });
  };
  const refusedPassword = fieldMessage(attempt.error, "password");
  return (
    <DoorPage
      title="Set up this server"
      detail="There is no user yet. The first one may do everything. The server has written a set-up token into its log when it started."
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          {attempt.error && <Refusal title="Not set up" error={attempt.error} />}
          <TextInput
            label="Set-up token"
            autoComplete="off"
            spellCheck={false}
            required
            value={values.token}
            onChange={change("token")}
          />
          <TextInput label="Name" autoComplete="username" required value={values.name} onChange={change("name")} />
          <PasswordInput
            label="Password"
            description="At least 12 characters: several words are easy to remember."
            autoComplete="new-password"
            required
            value={values.password}
            error={refusedPassword ?? (values.password === "" ? undefined : passwordProblem(values.password))}
            onChange={change("password")}
          />
          <Button type="submit" loading={attempt.isPending} mt={4}>
            Create the first user
          </Button>
        </Stack>
      </form>
    </DoorPage>
  );
}
