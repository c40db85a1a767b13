import { Button, PasswordInput, Stack } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { changePassword, endSession, listSessions } from "../api/session";
import { notifyDone, notifyFailed } from "../notify/notices";
import { passwordProblem } from "../session/passwords";
import { Refusal } from "../session/SignInForm";
import { sessionStore } from "../session/sessionStore";
import { PageState } from "../ui/PageState";
import { AdminPage, AdminTable } from "./AdminPage";
import classes from "./AdminPage.module.css";
import { NewPassword } from "./UserDialogs";
import { When } from "./When";

/** `/account` */
export function Component() {
  return (
    <AdminPage title="Password and sessions" detail="Another password ends your sessions everywhere else.">
      <PasswordForm />
      <section className={classes.section} aria-labelledby="own-sessions">
        <h2 id="own-sessions">Where you are signed in</h2>
        <Sessions />
      </section>
    </AdminPage>
  );
}

function PasswordForm() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: () => changePassword(current, next),
    onSuccess: (session) => {
      sessionStore.adopt(session);
      notifyDone("Your password was changed.");
      setCurrent("");
      setNext("");
      return queries.invalidateQueries({ queryKey: ["own-sessions"] });
    },
  });
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!passwordProblem(next)) change.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm" maw={360}>
        {change.error && <Refusal title="Not changed" error={change.error} />}
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <NewPassword label="New password" value={next} onChange={setNext} />
        <Button type="submit" loading={change.isPending} style={{ alignSelf: "flex-start" }}>
          Change password
        </Button>
      </Stack>
    </form>
  );
}

function Sessions() {
  const queries = useQueryClient();
  const sessions = useQuery({ queryKey: ["own-sessions"], queryFn: listSessions });
  const end = useMutation({
    mutationFn: endSession,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["own-sessions"] }),
    onError: (error) => notifyFailed("The session was not ended.", error),
  });
  if (sessions.isError) return <PageState title="Your sessions could not be loaded" detail={sessions.error.message} />;
  if (!sessions.data) return <PageState busy title="Loading your sessions" />;
  return (
    <AdminTable label="Sessions" columns={["Browser", "Address", "Since", "Last used", "Actions"]}>
      {sessions.data.map((session) => (
        <tr key={session.session_id}>
          <td data-label="Browser">{session.user_agent || "unknown"}</td>
          <td data-label="Address" className={classes.nowrap}>
            {session.address}
          </td>
          <td data-label="Since" className={classes.nowrap}>
            <When at={session.created_at} />
          </td>
          <td data-label="Last used" className={classes.nowrap}>
            <When at={session.last_seen_at} />
          </td>
          <td data-label="Actions" className={classes.nowrap}>
            {session.current ? (
              "this one"
            ) : (
              <Button variant="default" size="xs" onClick={() => end.mutate(session.session_id)}>
                End
              </Button>
            )}
          </td>
        </tr>
      ))}
    </AdminTable>
  );
}
