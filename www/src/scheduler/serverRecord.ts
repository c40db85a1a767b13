import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { readExplanation, readHistory, readScheduler, type ServerScheduler } from "../api/scheduler";
import { useMay } from "../session/hooks";
import { useEventIndex, usePageScheduler, useSeenChanges } from "./hooks";

/** Everything that is asked of the server's scheduler; orders make it stale. */
export const SCHEDULER_KEY = ["scheduler"] as const;

const REFRESH_MS = 30_000;
/** By then the server has written down what the page saw happen at the same instant. */
const SETTLED_MS = 1_000;

/** The server's scheduler, and how far the page's clock was from its clock when it answered. */
export interface MeasuredScheduler extends ServerScheduler {
  /** The page's clock less the server's, in milliseconds; it may be off by `boundMs` either way. */
  readonly clock: { readonly offsetMs: number; readonly boundMs: number };
}

/** How the server's scheduler is, asked again every `refreshMs`. */
export function useServerScheduler(refreshMs = REFRESH_MS) {
  const scheduler = usePageScheduler();
  const may = useMay();
  return useQuery({
    queryKey: [...SCHEDULER_KEY, "status"],
    queryFn: async ({ signal }): Promise<MeasuredScheduler> => {
      const asked = scheduler.now();
      const answer = await readScheduler(signal);
      const boundMs = (scheduler.now() - asked) / 2;
      return { ...answer, clock: { offsetMs: asked + boundMs - Date.parse(answer.now), boundMs } };
    },
    enabled: may("scheduler:read"),
    refetchInterval: refreshMs,
    retry: 1,
    networkMode: "always",
  });
}

/** The latest entries of what the server has written down, of one event or of all. */
export function useLatestHistory(filter: { readonly event_id?: string; readonly limit: number }) {
  const may = useMay();
  return useQuery({
    queryKey: [...SCHEDULER_KEY, "latest", filter],
    queryFn: async ({ signal }) => (await readHistory(filter, signal)).history,
    enabled: may("scheduler:read"),
    refetchInterval: REFRESH_MS,
    retry: 1,
    networkMode: "always",
  });
}

/** Why page and server hold an event, or a trigger of it, to be as it is; asked anew when the event or its next trigger changes. */
export function useExplanations(id: string, eventId: string) {
  const scheduler = usePageScheduler();
  const row = useEventIndex().byId.get(eventId);
  const may = useMay();
  const moment = `${row?.event.status}/${row?.event.sub_status}/${row?.event.revision}/${row?.nextTrigger?.triggerId}`;
  const page = useQuery({
    queryKey: ["explained-here", id, moment],
    queryFn: () => scheduler.explain(id),
    placeholderData: (before) => before,
    networkMode: "always",
    gcTime: 0,
  });
  const server = useQuery({
    queryKey: [...SCHEDULER_KEY, "explained", id, moment],
    queryFn: ({ signal }) => readExplanation(id, signal),
    placeholderData: (before) => before,
    enabled: may("scheduler:read"),
    retry: 1,
    networkMode: "always",
    gcTime: 0,
  });
  return { page, server };
}

/** Has the record read again soon after this page saw something happen. */
export function useFreshRecord(): void {
  const newest = useSeenChanges()[0]?.number ?? 0;
  const queries = useQueryClient();
  useEffect(() => {
    if (newest === 0) return;
    const reading = setTimeout(() => void queries.invalidateQueries({ queryKey: SCHEDULER_KEY }), SETTLED_MS);
    return () => clearTimeout(reading);
  }, [newest, queries]);
}
