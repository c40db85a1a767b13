import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type HistoryFilter, readHistory, readServerStatus } from "../api/record";
import { useMay } from "../session/hooks";
import { useSeenChanges } from "./hooks";

const REFRESH_MS = 30_000;
/** By then the server has written down what the page saw happen at the same instant. */
const SETTLED_MS = 1_000;

/** What the server's scheduler is doing. */
export function useServerStatus() {
  const may = useMay();
  return useQuery({
    queryKey: ["scheduler-record", "status"],
    queryFn: ({ signal }) => readServerStatus(signal),
    enabled: may("scheduler:read"),
    refetchInterval: REFRESH_MS,
    retry: 1,
    networkMode: "always",
  });
}

/** What the server has written down, the latest first. */
export function useHistory(filter: HistoryFilter) {
  const may = useMay();
  return useQuery({
    queryKey: ["scheduler-record", "history", filter],
    queryFn: ({ signal }) => readHistory(filter, signal),
    enabled: may("scheduler:read"),
    refetchInterval: REFRESH_MS,
    retry: 1,
    networkMode: "always",
  });
}

/** Has the record read again soon after this page saw something happen. */
export function useFreshRecord(): void {
  const newest = useSeenChanges()[0]?.number ?? 0;
  const queries = useQueryClient();
  useEffect(() => {
    if (newest === 0) return;
    const reading = setTimeout(() => void queries.invalidateQueries({ queryKey: ["scheduler-record"] }), SETTLED_MS);
    return () => clearTimeout(reading);
  }, [newest, queries]);
}
