import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { readExplanation, readHistory, readScheduler, readTriggers, type ServerScheduler } from "../api/scheduler";
import { usePageScheduler } from "../scheduler/hooks";

const REFRESH_MS = 5_000;
const PAGE_SIZE = 50;

/** Everything that is asked of the server's scheduler; orders make it stale. */
export const SCHEDULER_KEY = ["scheduler"] as const;

/** The server's scheduler, and how far the page's clock was from its clock when it answered. */
export interface MeasuredScheduler extends ServerScheduler {
  /** The page's clock less the server's, in milliseconds; it may be off by `boundMs` either way. */
  readonly clock: { readonly offsetMs: number; readonly boundMs: number };
}

/** How the server's scheduler is, as of a few seconds ago. */
export function useServerScheduler() {
  const scheduler = usePageScheduler();
  return useQuery({
    queryKey: [...SCHEDULER_KEY, "status"],
    queryFn: async ({ signal }): Promise<MeasuredScheduler> => {
      const asked = scheduler.now();
      const answer = await readScheduler(signal);
      const boundMs = (scheduler.now() - asked) / 2;
      return { ...answer, clock: { offsetMs: asked + boundMs - Date.parse(answer.now), boundMs } };
    },
    refetchInterval: REFRESH_MS,
    networkMode: "always",
    retry: 1,
  });
}

export interface QueueFilter {
  readonly event_id: string;
  readonly kind: string;
}

/** The server's queue, page by page; asked again while it is looked at, as it moves on. */
export const useServerQueue = (filter: QueueFilter) =>
  useInfiniteQuery({
    queryKey: [...SCHEDULER_KEY, "triggers", filter],
    queryFn: ({ pageParam, signal }) => readTriggers(filter, { cursor: pageParam, limit: PAGE_SIZE }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? null,
    refetchInterval: REFRESH_MS * 2,
    networkMode: "always",
    retry: 1,
  });

export interface HistoryFilter extends QueueFilter {
  readonly cause: string;
}

/** What happened, the latest first, page by page. */
export const useHistory = (filter: HistoryFilter) =>
  useInfiniteQuery({
    queryKey: [...SCHEDULER_KEY, "history", filter],
    queryFn: ({ pageParam, signal }) => readHistory({ ...filter, cursor: pageParam, limit: PAGE_SIZE }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? null,
    refetchInterval: REFRESH_MS * 2,
    networkMode: "always",
    retry: 1,
  });

/** Why a trigger or an event is as it is, in the words of the server and of this page. */
export function useExplanations(id: string) {
  const scheduler = usePageScheduler();
  const server = useQuery({
    queryKey: [...SCHEDULER_KEY, "explain", id],
    queryFn: ({ signal }) => readExplanation(id, signal),
    networkMode: "always",
    retry: 1,
  });
  const page = useQuery({
    queryKey: ["page-explanation", id],
    queryFn: () => scheduler.explain(id),
    networkMode: "always",
    gcTime: 0,
  });
  return { server, page };
}
