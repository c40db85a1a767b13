import { DoorPage } from "./DoorPage";
import { SignInForm } from "./SignInForm";
import { sessionStore } from "./sessionStore";

/** What a stranger sees, at whichever address; after signing in, that address is shown. */
export function SignInPage() {
  return (
    <DoorPage title="Sign in">
      <SignInForm onSignedIn={(session) => sessionStore.adopt(session)} />
    </DoorPage>
  );
}
