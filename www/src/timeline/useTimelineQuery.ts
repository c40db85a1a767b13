import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { WINDOW_KINDS, type WindowKind } from "../scheduler/windows";

/** What of the events is drawn, and how; kept in the page's address. */
export interface TimelineQuery {
  readonly search: string;
  readonly kinds: ReadonlySet<WindowKind>;
  readonly onlyConflicts: boolean;
  readonly asList: boolean;
}

export function useTimelineQuery(): [TimelineQuery, (change: Partial<TimelineQuery>) => void] {
  const [params, setParams] = useSearchParams();
  const query = useMemo(() => readQuery(params), [params]);
  const change = useCallback(
    (changed: Partial<TimelineQuery>) =>
      setParams((before) => writeQuery({ ...readQuery(before), ...changed }), { replace: true }),
    [setParams],
  );
  return [query, change];
}

function readQuery(params: URLSearchParams): TimelineQuery {
  const hidden = new Set(params.get("hide")?.split(","));
  return {
    search: params.get("search") ?? "",
    kinds: new Set(WINDOW_KINDS.filter((kind) => !hidden.has(kind))),
    onlyConflicts: params.has("conflicts"),
    asList: params.get("view") === "list",
  };
}

function writeQuery({ search, kinds, onlyConflicts, asList }: TimelineQuery): URLSearchParams {
  const params = new URLSearchParams();
  if (search) params.set("search", search);
  const hidden = WINDOW_KINDS.filter((kind) => !kinds.has(kind));
  if (hidden.length > 0) params.set("hide", hidden.join(","));
  if (onlyConflicts) params.set("conflicts", "");
  if (asList) params.set("view", "list");
  return params;
}
