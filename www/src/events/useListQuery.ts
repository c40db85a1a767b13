import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { type ListQuery, SORTS, STATUS_FILTERS } from "./listQuery";

const DEFAULTS: ListQuery = { search: "", status: "all", sort: "next" };

const oneOf = <T extends string>(values: readonly T[], value: string | null, fallback: T): T =>
  values.find((candidate) => candidate === value) ?? fallback;

/** The list's search, filter and sort, read from and written to the address, so that a view can be linked to. */
export function useListQuery(): [ListQuery, (change: Partial<ListQuery>) => void] {
  const [params, setParams] = useSearchParams();
  const query = useMemo<ListQuery>(
    () => ({
      search: params.get("search") ?? DEFAULTS.search,
      status: oneOf(STATUS_FILTERS, params.get("status"), DEFAULTS.status),
      sort: oneOf(SORTS, params.get("sort"), DEFAULTS.sort),
    }),
    [params],
  );
  const change = useCallback(
    (changed: Partial<ListQuery>) =>
      setParams(
        (previous) => {
          const next = new URLSearchParams(previous);
          for (const [key, value] of Object.entries(changed)) {
            if (value === DEFAULTS[key as keyof ListQuery]) next.delete(key);
            else next.set(key, value);
          }
          return next;
        },
        { replace: true, preventScrollReset: true },
      ),
    [setParams],
  );
  return [query, change];
}
