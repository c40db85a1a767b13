import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { cancelSchedule, listSchedules, readSchedule, retrySchedule, type SchedulePage } from "../api/schedules";
import { notifyDone, notifyFailed } from "../notify/notices";

export type ScheduleList = "upcoming" | "given_up";

const KEY = "schedules";

/** What services schedule comes from elsewhere, and no feed tells of it. */
const REFRESH_MS = 10_000;

export function useOccurrences(list: ScheduleList) {
  return useInfiniteQuery({
    queryKey: [KEY, list],
    queryFn: ({ pageParam, signal }) => listSchedules(list, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: SchedulePage) => page.nextCursor,
    refetchInterval: REFRESH_MS,
  });
}

export function useSchedule(id: string | null) {
  return useQuery({
    queryKey: [KEY, "one", id],
    queryFn: ({ signal }) => readSchedule(id ?? "", signal),
    enabled: id !== null,
    refetchInterval: REFRESH_MS,
  });
}

/** Has every list and the open event read anew. */
export function useScheduleRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: [KEY] });
}

export function useCancelSchedule() {
  const refresh = useScheduleRefresh();
  return useMutation({
    mutationFn: cancelSchedule,
    onSuccess: () => {
      notifyDone("It was taken back.");
      return refresh();
    },
    onError: (error) => notifyFailed("It was not taken back.", error),
  });
}

export function useRetrySchedule() {
  const refresh = useScheduleRefresh();
  return useMutation({
    mutationFn: retrySchedule,
    onSuccess: () => {
      notifyDone("It is tried once more.");
      return refresh();
    },
    onError: (error) => notifyFailed("It is not tried again.", error),
  });
}
