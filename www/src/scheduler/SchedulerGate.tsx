import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { SchedulerProvider } from "client-event-scheduler/react";
import { type ClientEventScheduler, createScheduler, httpTransport } from "client-event-scheduler/slim";
import { createContext, type ReactNode, Suspense, use, useState } from "react";
import { serverHealth } from "../health/serverHealth";
import { fetchSignedIn } from "../session/sessionStore";
import { ErrorBoundary } from "../ui/ErrorBoundary";
import { PageState } from "../ui/PageState";
import { Starting } from "../ui/Starting";
import { ChangeLog } from "./changeLog";
import { EventIndex } from "./eventIndex";
import { loadModule } from "./module";

const HEALTH_PATIENCE_MS = 1_500;

interface AdminScheduler {
  readonly scheduler: ClientEventScheduler;
  readonly events: EventIndex;
  readonly changes: ChangeLog;
}

export const AdminSchedulerContext = createContext<AdminScheduler | null>(null);

/** Brings up the page's scheduler, follows the server's feed with it and gives it to everything below. */
export function SchedulerGate({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [opening, setOpening] = useState(() => withHealth(openOnce(), queries));
  return (
    <ErrorBoundary
      fallback={(error) => (
        <PageState
          title="The scheduler could not start"
          detail={error.message}
          action={{ label: "Try again", onClick: () => setOpening(withHealth(openAgain(), queries)) }}
        />
      )}
      resetKey={opening}
    >
      <Suspense fallback={<Starting />}>
        <Opened opening={opening}>{children}</Opened>
      </Suspense>
    </ErrorBoundary>
  );
}

function Opened({ opening, children }: { readonly opening: Promise<AdminScheduler>; readonly children: ReactNode }) {
  const admin = use(opening);
  return (
    <SchedulerProvider scheduler={admin.scheduler}>
      <AdminSchedulerContext value={admin}>{children}</AdminSchedulerContext>
    </SchedulerProvider>
  );
}

/** The frame is drawn when it is known what its notices say, so that nothing moves afterwards; but no slow server holds it up. */
async function withHealth<T>(opening: Promise<T>, queries: QueryClient): Promise<T> {
  const patience = new Promise((resolve) => setTimeout(resolve, HEALTH_PATIENCE_MS));
  await Promise.race([queries.prefetchQuery(serverHealth), patience]);
  return opening;
}

let opened: Promise<AdminScheduler> | undefined;

/** One scheduler per page, however often React calls an initialiser. */
function openOnce(): Promise<AdminScheduler> {
  opened ??= openScheduler();
  return opened;
}

function openAgain(): Promise<AdminScheduler> {
  opened = undefined;
  return openOnce();
}

async function openScheduler(): Promise<AdminScheduler> {
  await loadModule();
  const scheduler = await createScheduler({
    name: "admin",
    transport: httpTransport({ credentials: "same-origin", fetch: fetchSignedIn }),
  });
  const admin = { scheduler, events: new EventIndex(scheduler), changes: new ChangeLog(scheduler) };
  scheduler.start();
  return admin;
}
