import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "react-router/dom";
import { SchedulerGate } from "../scheduler/SchedulerGate";
import { SessionGate } from "../session/SessionGate";
import { router } from "./routes";
import { theme } from "./theme";

const queries = new QueryClient({
  // A change that cannot be sent must fail now and be undone, not wait unseen for the network.
  defaultOptions: { mutations: { networkMode: "always" } },
});

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-left" limit={4} />
        <SessionGate>
          <SchedulerGate>
            {/* The list's search lives in the address: what is typed must come back at once, not in a transition. */}
            <RouterProvider router={router} useTransitions={false} />
          </SchedulerGate>
        </SessionGate>
      </QueryClientProvider>
    </MantineProvider>
  );
}
