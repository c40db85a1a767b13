import { Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useSyncExternalStore } from "react";
import { PageState } from "../ui/PageState";
import { Starting } from "../ui/Starting";
import { rememberEntered } from "./entered";
import { SessionContext } from "./hooks";
import { SetupPage } from "./SetupPage";
import { SignInForm } from "./SignInForm";
import { SignInPage } from "./SignInPage";
import { sessionStore } from "./sessionStore";

/** Lets in only who is signed in. When a session ends, the page stays as it is and asks to sign in again over it. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const { session, lost, error } = useSyncExternalStore(sessionStore.subscribe, sessionStore.getSnapshot);
  useEffect(() => void sessionStore.read(), []);
  useEffect(() => {
    if (session) rememberEntered(session.signed_in);
  }, [session]);

  if (!session) {
    return error ? (
      <PageState
        title="The server does not say who is signed in"
        detail={error.message}
        action={{ label: "Try again", onClick: () => void sessionStore.read() }}
      />
    ) : (
      <Starting />
    );
  }
  if (session.setup_required) return <SetupPage />;
  if (!session.signed_in) return <SignInPage />;
  return (
    <SessionContext value={session}>
      {children}
      <SignInAgain opened={lost} name={session.name ?? ""} />
    </SessionContext>
  );
}

function SignInAgain({ opened, name }: { readonly opened: boolean; readonly name: string }) {
  const queries = useQueryClient();
  return (
    <Modal
      opened={opened}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title="Your session has ended"
      size="sm"
      zIndex={1000}
    >
      <SignInForm
        initialName={name}
        onSignedIn={(session) => {
          sessionStore.adopt(session);
          void queries.invalidateQueries();
        }}
      />
    </Modal>
  );
}
