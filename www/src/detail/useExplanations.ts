import { useQuery } from "@tanstack/react-query";
import { explainOnServer } from "../api/record";
import { useEventIndex, usePageScheduler } from "../scheduler/hooks";
import { useMay } from "../session/hooks";

/** Why page and server hold the event's triggers to be as they are; asked anew when the event or its next trigger changes. */
export function useExplanations(eventId: string) {
  const scheduler = usePageScheduler();
  const row = useEventIndex().byId.get(eventId);
  const may = useMay();
  const moment = `${row?.event.status}/${row?.event.sub_status}/${row?.event.revision}/${row?.nextTrigger?.triggerId}`;
  const page = useQuery({
    queryKey: ["explained-here", eventId, moment],
    queryFn: () => scheduler.explain(eventId),
    placeholderData: (before) => before,
    networkMode: "always",
    gcTime: 0,
  });
  const server = useQuery({
    queryKey: ["scheduler-record", "explained", eventId, moment],
    queryFn: ({ signal }) => explainOnServer(eventId, signal),
    placeholderData: (before) => before,
    enabled: may("scheduler:read"),
    retry: 1,
    networkMode: "always",
    gcTime: 0,
  });
  return { page, server };
}
