import { useInfiniteQuery } from "@tanstack/react-query";
import { readHistory, readTriggers } from "../api/scheduler";
import { SCHEDULER_KEY, useServerScheduler } from "../scheduler/serverRecord";

/** How often the server is asked while somebody looks at its scheduler. */
const REFRESH_MS = 5_000;
const PAGE_SIZE = 50;

/** How the server's scheduler is, as of a few seconds ago. */
export const useWatchedScheduler = () => useServerScheduler(REFRESH_MS);

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
